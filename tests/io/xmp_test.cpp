#include "io/xmp.h"

#include <doctest/doctest.h>

#include <string>

#include "io/embedded_picture.h"

using namespace wardmark;

namespace {

std::string cleaned(const std::string& packet) { return std::string(text_of(clean_xmp(bytes_of(packet)).packet)); }

std::string base64_lines(std::size_t characters, const std::string& line_break) {
  std::string text;
  for (std::size_t i = 0; i < characters; ++i) {
    if (i > 0 && i % 76 == 0) text += line_break;
    text += "/9j4AAQSkZJRgABAQEASABIAAD"[i % 26];
  }
  return text;
}

}  // namespace

TEST_CASE("XMP without pictures is carried byte for byte") {
  const std::string packet =
      "<?xpacket begin='\xef\xbb\xbf'?><x:xmpmeta><rdf:Description dc:title=\"Thumbnails of an afternoon\" "
      "xmpMM:DocumentID=\"uuid:1F3C5A7E-0123-4567-89AB-CDEF01234567\">" +
      std::string(400, 'x').replace(100, 1, ".").replace(250, 1, " ") + "</rdf:Description></x:xmpmeta>";
  // 'x' alone is base64 too: the runs of 100, 149 and 149 letters are long words, too short for a payload.
  const Xmp xmp = clean_xmp(bytes_of(packet.substr(0, 300)));
  CHECK(xmp.readable);
  CHECK(xmp.blanked == 0);
  CHECK(text_of(xmp.packet) == packet.substr(0, 300));
}

TEST_CASE("thumbnail elements are overwritten, whatever their prefix, and the length stays") {
  for (const std::string prefix : {"xmp:", "xap:", ""}) {
    const std::string element = "<" + prefix +
                                "Thumbnails>\n<rdf:Alt><rdf:li xmpGImg:format='JPEG' xmpGImg:image='/9j/4AA'/>" +
                                "</rdf:Alt></" + prefix + "Thumbnails>";
    const std::string packet = "<rdf:Description><a:b>kept</a:b>" + element + "<c:d>kept too</c:d></rdf:Description>";
    const Xmp xmp = clean_xmp(bytes_of(packet));
    CHECK(xmp.readable);
    CHECK(xmp.blanked == element.size());
    CHECK(text_of(xmp.packet) == "<rdf:Description><a:b>kept</a:b>" + std::string(element.size(), ' ') +
                                     "<c:d>kept too</c:d></rdf:Description>");
  }
}

TEST_CASE("an element without end makes the packet unreadable") {
  CHECK(!clean_xmp(bytes_of("<r><xmp:Thumbnails><rdf:li>/9j/</rdf:li></r>")).readable);
  CHECK(!clean_xmp(bytes_of("<r><xmp:Thumbnails ")).readable);
  CHECK(clean_xmp(bytes_of("<r><xmp:Thumbnails/></r>")).readable);
}

TEST_CASE("base64 payloads are overwritten in elements and attributes, with every kind of line break") {
  for (const std::string line_break : {"", "\n", "\r\n", "&#xA;", "&#10;", " \n  "}) {
    const std::string payload = base64_lines(1000, line_break);
    const std::string spaces(payload.size(), ' ');
    CHECK(cleaned("<GDepth:Data>" + payload + "</GDepth:Data>") == "<GDepth:Data>" + spaces + "</GDepth:Data>");
    CHECK(cleaned("<a GImage:Data=\"" + payload + "\" b=\"c\"/>") == "<a GImage:Data=\"" + spaces + "\" b=\"c\"/>");
  }
}

TEST_CASE("short values and prose are no payload") {
  std::string prose;
  for (int i = 0; i < 200; ++i) prose += "protection raises the cost ";
  for (const std::string& text : {prose, base64_lines(255, "\n"), std::string(255, 'A')}) {
    CHECK(clean_xmp(bytes_of(text)).blanked == 0);
  }
  CHECK(clean_xmp(bytes_of(std::string(256, 'A'))).blanked == 256);
}

TEST_CASE("UTF-16 packets are not carried, padding with zeros is") {
  std::string wide;
  for (const char c : std::string("<x:xmpmeta>")) wide += {c, '\0'};
  CHECK(!clean_xmp(bytes_of(wide)).readable);
  CHECK(clean_xmp(bytes_of(std::string("<x:xmpmeta/>") + std::string(20, '\0'))).readable);
}

TEST_CASE("the mark of extended XMP can be blanked in both notations") {
  const std::string attribute = "<d xmpNote:HasExtendedXMP=\"0123ABCD\" e=\"f\"/>";
  Bytes packet = clean_xmp(bytes_of(attribute)).packet;
  CHECK(blank_extension_mark(packet));
  CHECK(text_of(packet) == "<d xmpNote:HasExtendedXMP=\"        \" e=\"f\"/>");
  packet = clean_xmp(bytes_of("<xmpNote:HasExtendedXMP>0123</xmpNote:HasExtendedXMP>")).packet;
  CHECK(blank_extension_mark(packet));
  CHECK(text_of(packet) == "<xmpNote:HasExtendedXMP>    </xmpNote:HasExtendedXMP>");
  CHECK(!blank_extension_mark(std::span<std::uint8_t>()));
}

TEST_CASE("pictures are found by their first bytes") {
  const auto at = [](const std::string& text) { return find_picture(bytes_of(text)); };
  CHECK(at("ab\xff\xd8\xff\xe0") == 2);
  CHECK(at("ab\xff\xd8\xff\xd9") == kNoPicture);
  CHECK(at("\x89PNG\r\n\x1a\n") == 0);
  CHECK(at("xRIFF1234WEBP") == 1);
  CHECK(at("RIFF1234WAVE") == kNoPicture);
  CHECK(at("\xff\xd8\xff") == kNoPicture);
  CHECK(find_jpeg_body(bytes_of(std::string("abc?\xd8\xff\xdb\x00\x43", 9))) == 3);
  CHECK(find_jpeg_body(bytes_of(std::string("abc?\xd8\xff\xdb\x11\x43", 9))) == kNoPicture);
}
