#pragma once
#include <filesystem>
#include <string_view>

#include "core/bytes.h"

namespace wardmark {

/// What a file of an input is, as far as its name tells.
enum class FileKind { image, raw, video, sidecar, litter, unknown };

/// By the last part of the path; case does not matter. `unknown` needs a look at its first bytes. Pure.
FileKind kind_by_name(std::string_view path);
/// Folders that systems and tools leave behind; their contents are not looked at.
bool is_litter_folder(std::string_view path);
/// `NAME.wardmark` and `NAME.wardmark.old-N`: the private record of a release.
bool is_record_name(std::string_view path);
/// First kHeadBytes bytes of a file, fewer where it is shorter, none where it cannot be read. `folder` is
/// a descriptor that `path` is relative to.
Bytes read_head(const std::filesystem::path& path);
Bytes read_head(int folder, const char* path);
/// True when a format of codecs() or refused_formats() begins like this. Pure.
bool begins_like_image(ByteView head);

}  // namespace wardmark
