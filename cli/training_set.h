#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "cli/console.h"
#include "core/dataset.h"
#include "core/pixel_set.h"
#include "io/dataset_format.h"

namespace wardmark {

/// Which part of a data set is meant; only .npz files hold several, of others all items are.
enum class Part { train, validation, test };

/// How pictures become a PixelSet.
struct PictureSize {
  int width = 0, height = 0;  ///< 0: the first picture's own where its short side is at most 64, else 224 x 224
  int channels = 0;           ///< 0: 1 where all pictures are grey, else 3
};

/// Which frames of a picture that has several (DICOM multi-frame objects) are taken.
enum class Frames {
  all,    ///< each is a picture of its own, its number added to the id: "a/b#12.dcm"
  middle  ///< one a picture, under its own id
};

/// What a record says of the items of a release: id and class of the original, by the item's name in the release.
struct RecordedItem {
  std::string id;
  std::string label;  ///< empty where it has no class
};
using RecordedItems = std::unordered_map<std::string, RecordedItem>;

/// Reads a data set as networks are trained on it: every picture decoded, opacity dropped, brought to one size (area
/// average to shrink, linear to enlarge, aspect not kept), 8 bits; of DICOM every frame, through the window of its
/// series. Items that cannot be read are warned of and left out; so are items without class. With `recorded` the items
/// are those of a release, have the names and classes of their originals, and others are left out. `jobs` threads. Sets
/// `size` to what was taken. Error(labels_missing) when no item has a class, (input_empty) when no picture is left.
PixelSet read_pixel_set(const std::filesystem::path& input, DatasetOptions options, Part part, PictureSize& size,
                        unsigned jobs, Console& console, const RecordedItems* recorded = nullptr);

/// An item to read, under the name and class it is known by.
struct ChosenItem {
  std::size_t place;  ///< in the survey
  std::string id;
  std::string label;
};

/// The same of items of an open reader. Without a console nothing is said of what cannot be read.
PixelSet read_pixel_set(const DatasetReader& reader, const std::vector<ChosenItem>& items, PictureSize& size,
                        unsigned jobs, Console* console, Frames frames);

/// Whether the file is an .npz with arrays of that part.
bool holds_part(const std::filesystem::path& input, const DatasetOptions& options, Part part);

}  // namespace wardmark
