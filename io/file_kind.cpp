#include "io/file_kind.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string>

#include "io/atomic_file.h"
#include "io/codec.h"
#include "io/item_id.h"

namespace wardmark {
namespace {

struct Extension {
  std::string_view name;
  FileKind kind;
};

// Sorted by name. Images that cannot be written back are listed too: they must show up as refused.
constexpr std::array kExtensions = {
    Extension{".3fr", FileKind::raw},    Extension{".3g2", FileKind::video},   Extension{".3gp", FileKind::video},
    Extension{".apng", FileKind::image}, Extension{".arw", FileKind::raw},     Extension{".avi", FileKind::video},
    Extension{".avif", FileKind::image}, Extension{".bmp", FileKind::image},   Extension{".cr2", FileKind::raw},
    Extension{".cr3", FileKind::raw},    Extension{".crw", FileKind::raw},     Extension{".dcr", FileKind::raw},
    Extension{".dib", FileKind::image},  Extension{".dng", FileKind::raw},     Extension{".erf", FileKind::raw},
    Extension{".exr", FileKind::image},  Extension{".fff", FileKind::raw},     Extension{".flv", FileKind::video},
    Extension{".gif", FileKind::image},  Extension{".gpr", FileKind::raw},     Extension{".heic", FileKind::image},
    Extension{".heif", FileKind::image}, Extension{".hif", FileKind::image},   Extension{".iiq", FileKind::raw},
    Extension{".j2k", FileKind::image},  Extension{".jfif", FileKind::image},  Extension{".jp2", FileKind::image},
    Extension{".jpe", FileKind::image},  Extension{".jpeg", FileKind::image},  Extension{".jpf", FileKind::image},
    Extension{".jpg", FileKind::image},  Extension{".jpx", FileKind::image},   Extension{".jxl", FileKind::image},
    Extension{".k25", FileKind::raw},    Extension{".kdc", FileKind::raw},     Extension{".m2ts", FileKind::video},
    Extension{".m4v", FileKind::video},  Extension{".mef", FileKind::raw},     Extension{".mkv", FileKind::video},
    Extension{".mov", FileKind::video},  Extension{".mp4", FileKind::video},   Extension{".mpeg", FileKind::video},
    Extension{".mpg", FileKind::video},  Extension{".mpo", FileKind::image},   Extension{".mrw", FileKind::raw},
    Extension{".mts", FileKind::video},  Extension{".nef", FileKind::raw},     Extension{".nrw", FileKind::raw},
    Extension{".ogv", FileKind::video},  Extension{".orf", FileKind::raw},     Extension{".pam", FileKind::image},
    Extension{".pbm", FileKind::image},  Extension{".pef", FileKind::raw},     Extension{".pgm", FileKind::image},
    Extension{".png", FileKind::image},  Extension{".pnm", FileKind::image},   Extension{".ppm", FileKind::image},
    Extension{".psb", FileKind::image},  Extension{".psd", FileKind::image},   Extension{".raf", FileKind::raw},
    Extension{".raw", FileKind::raw},    Extension{".rw2", FileKind::raw},     Extension{".rwl", FileKind::raw},
    Extension{".sr2", FileKind::raw},    Extension{".srf", FileKind::raw},     Extension{".srw", FileKind::raw},
    Extension{".tga", FileKind::image},  Extension{".tif", FileKind::image},   Extension{".tiff", FileKind::image},
    Extension{".webm", FileKind::video}, Extension{".webp", FileKind::image},  Extension{".wmv", FileKind::video},
    Extension{".x3f", FileKind::raw},    Extension{".xmp", FileKind::sidecar},
};
static_assert(std::is_sorted(kExtensions.begin(), kExtensions.end(),
                             [](const Extension& a, const Extension& b) { return a.name < b.name; }));

constexpr std::array<std::string_view, 6> kLitterFiles = {".directory",  ".ds_store",  "desktop.ini",
                                                          "ehthumbs.db", ".localized", "thumbs.db"};
constexpr std::array<std::string_view, 16> kLitterFolders = {"$recycle.bin",
                                                             ".appledouble",
                                                             ".fseventsd",
                                                             ".git",
                                                             ".hg",
                                                             ".ipynb_checkpoints",
                                                             ".picasaoriginals",
                                                             ".spotlight-v100",
                                                             ".svn",
                                                             ".temporaryitems",
                                                             ".thumbnails",
                                                             ".trash",
                                                             ".trashes",
                                                             "@eadir",
                                                             "__macosx",
                                                             "system volume information"};

std::string_view last_part(std::string_view path) {
  while (path.ends_with('/')) path.remove_suffix(1);
  return path.substr(path.rfind('/') + 1);
}

template <class List>
bool contains(const List& list, std::string_view name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

}  // namespace

FileKind kind_by_name(std::string_view path) {
  const std::string_view name = last_part(path);
  if (name.ends_with(kAsideSuffix) || name.starts_with("._")) return FileKind::litter;
  const std::string extension = extension_of(name);
  const auto it = std::lower_bound(kExtensions.begin(), kExtensions.end(), std::string_view(extension),
                                   [](const Extension& row, std::string_view text) { return row.name < text; });
  if (it != kExtensions.end() && it->name == extension) return it->kind;
  return contains(kLitterFiles, lower_ascii(name)) ? FileKind::litter : FileKind::unknown;
}

bool is_litter_folder(std::string_view path) { return contains(kLitterFolders, lower_ascii(last_part(path))); }

bool is_record_name(std::string_view path) {
  const std::string_view name = last_part(path);
  return name.ends_with(".wardmark") || name.find(".wardmark.old-") != std::string_view::npos;
}

Bytes read_head(const std::filesystem::path& path) { return read_head(AT_FDCWD, path.c_str()); }

Bytes read_head(int folder, const char* path) {
  Bytes head;
  const int fd = ::openat(folder, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return head;
  head.resize(kHeadBytes);
  const ssize_t n = ::read(fd, head.data(), head.size());
  ::close(fd);
  head.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
  return head;
}

bool begins_like_image(ByteView head) {
  const auto recognises = [head](const auto& format) { return format.recognises(head); };
  return std::any_of(codecs().begin(), codecs().end(), recognises) ||
         std::any_of(refused_formats().begin(), refused_formats().end(), recognises);
}

}  // namespace wardmark
