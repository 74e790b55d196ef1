#include "core/html_page.h"

namespace wardmark {
namespace {

constexpr std::string_view kStyle = R"(
:root{--ink:#1c2430;--soft:#5b6776;--line:#d9dee5;--mark:#b3341f;--clean:#2f6f4f}
*{box-sizing:border-box}
body{font:16px/1.5 system-ui,"Segoe UI",Roboto,"DejaVu Sans",sans-serif;color:var(--ink);max-width:60rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.6rem;line-height:1.2;margin:0 0 .5rem}h2{font-size:1.15rem;margin:2rem 0 .5rem}
p.lead{font-size:1.1rem;margin:.5rem 0 1rem}
.note{color:var(--soft);font-size:.9rem}.warn{border-left:4px solid var(--mark);padding:.1rem .8rem;margin:.5rem 0}
table{border-collapse:collapse;width:100%;font-size:.9rem;font-variant-numeric:tabular-nums}
th,td{padding:.25rem .5rem;border-bottom:1px solid var(--line);text-align:right;white-space:nowrap}
th{font-weight:600;color:var(--soft)}th:nth-child(-n+3),td:nth-child(-n+3){text-align:left;white-space:normal}
tr.worst td{background:#fbeae6;font-weight:600}tr.clean td{background:#eaf4ee}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.15rem 1rem;font-size:.9rem}dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}
figure{display:inline-block;margin:0 1rem 1rem 0}figure img{width:9rem;height:9rem;object-fit:contain;image-rendering:pixelated;border:1px solid var(--line);margin-right:2px}
figcaption{font-size:.85rem;color:var(--soft)}svg{width:100%;height:auto}svg text{font:12px system-ui,sans-serif;fill:var(--ink)}
div.wide{overflow-x:auto}table.map th,table.map td{text-align:right;white-space:nowrap}table.map th:first-child{text-align:left}td.own{outline:2px solid var(--mark);outline-offset:-2px}
@media print{body{margin:0;max-width:none}tr,figure{break-inside:avoid}}
)";

}  // namespace

std::string html_escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string html_picture(ByteView png, std::string_view alternative) {
  return "<img alt=\"" + html_escaped(alternative) + "\" src=\"data:image/png;base64," + to_base64(png) + "\">";
}

std::string html_page(std::string_view title, std::string_view body) {
  return "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
         "content=\"width=device-width\"><link rel=\"icon\" href=\"data:,\"><title>" +
         html_escaped(title) + "</title><style>" + std::string(kStyle) + "</style></head><body><h1>" +
         html_escaped(title) + "</h1>" + std::string(body) + "</body></html>\n";
}

}  // namespace wardmark
