#include "medical/directory.h"

#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcdirrec.h>
#include <dcmtk/dcmdata/dcmetinf.h>
#include <dcmtk/dcmdata/dcsequen.h>

#include <algorithm>
#include <cstring>
#include <functional>

#include "core/error.h"
#include "medical/attribute_edit.h"

namespace wardmark {
namespace {

[[noreturn]] void damaged(const char* what) {
  throw Error(Code::dcm_062, std::string("DICOMDIR: ") + what, "leave the DICOMDIR out, or make it anew");
}

DcmSequenceOfItems* records_of(DcmDataset& data) {
  DcmSequenceOfItems* sequence = nullptr;
  if (data.findAndGetSequence(DCM_DirectoryRecordSequence, sequence).bad()) return nullptr;
  return sequence;
}

std::string file_id(DcmItem& record) {
  std::string id;
  const std::string text = text_of(record, DCM_ReferencedFileID);
  if (text.empty()) return id;
  for (const std::string& part : values_of(text)) id += (id.empty() ? "" : "/") + part;
  return id;
}

std::uint32_t offset(DcmItem& item, const DcmTagKey& tag) {
  Uint32 value = 0;
  item.findAndGetUint32(tag, value);
  return value;
}

/// Where each item of the record sequence begins in a file written with explicit lengths.
std::vector<std::uint32_t> item_places(ByteView file, std::size_t items) {
  static constexpr char kTag[] = {0x04, 0x00, 0x20, 0x12, 'S', 'Q', 0, 0};
  const std::string_view text = text_of(file);
  const std::size_t found = text.find(std::string_view(kTag, sizeof kTag));
  std::vector<std::uint32_t> places;
  if (found == std::string_view::npos) return places;
  std::size_t at = found + 12;
  for (std::size_t i = 0; i < items && at + 8 <= file.size(); ++i) {
    places.push_back(static_cast<std::uint32_t>(at));
    std::uint32_t length = 0;
    std::memcpy(&length, file.data() + at + 4, 4);  // both little endian
    at += 8 + static_cast<std::size_t>(length);
  }
  return places;
}

/// One record and what is below it.
struct Node {
  DcmItem* record = nullptr;
  std::vector<std::size_t> children;
};

/// The tree behind the offsets.
class Tree {
 public:
  Tree(DcmDataset& data, const std::vector<std::uint32_t>& places) : sequence_(records_of(data)) {
    if (sequence_ == nullptr || places.size() != sequence_->card()) damaged("the records cannot be found");
    for (std::size_t i = 0; i < places.size(); ++i) by_place_[places[i]] = i;
    nodes_.resize(places.size());
    used_.resize(places.size());
    for (std::size_t i = 0; i < nodes_.size(); ++i) nodes_[i].record = sequence_->getItem(i);
    roots_ = chain(offset(data, DCM_OffsetOfTheFirstDirectoryRecordOfTheRootDirectoryEntity), 0);
  }
  std::vector<Node>& nodes() { return nodes_; }
  std::vector<std::size_t>& roots() { return roots_; }

 private:
  static constexpr int kDeepest = 16;
  std::vector<std::size_t> chain(std::uint32_t place, int depth) {
    std::vector<std::size_t> list;
    if (depth > kDeepest) damaged("the records are nested too deep");
    while (place != 0) {
      const auto at = by_place_.find(place);
      if (at == by_place_.end()) damaged("an offset points at no record");
      const std::size_t i = at->second;
      if (used_[i]) damaged("a record is listed twice");
      used_[i] = true;
      list.push_back(i);
      nodes_[i].children = chain(offset(*nodes_[i].record, DCM_OffsetOfReferencedLowerLevelDirectoryEntity), depth + 1);
      place = offset(*nodes_[i].record, DCM_OffsetOfTheNextDirectoryRecord);
    }
    return list;
  }

  DcmSequenceOfItems* sequence_;
  std::map<std::uint32_t, std::size_t> by_place_;
  std::vector<Node> nodes_;
  std::vector<char> used_;
  std::vector<std::size_t> roots_;
};

void rename_file(DcmItem& record, const std::string& id) {
  std::string text = id;
  std::ranges::replace(text, '/', '\\');
  record.putAndInsertOFStringArray(DCM_ReferencedFileID, OFString(text.c_str(), text.size()));
}

/// DCMTK has a value representation of its own for offsets, which putAndInsertUint32() does not know.
void set_offset(DcmItem& item, const DcmTagKey& tag, std::uint32_t value) {
  DcmElement* element = nullptr;
  if (item.findAndGetElement(tag, element).bad() || element->putUint32(value).bad()) damaged("an offset is missing");
}

/// Sets the offsets of one list of siblings and all below.
void link(DcmDataset& data, std::vector<Node>& nodes, const std::vector<std::size_t>& list,
          const std::map<std::size_t, std::uint32_t>& place) {
  for (std::size_t i = 0; i < list.size(); ++i) {
    DcmItem& record = *nodes[list[i]].record;
    const auto& below = nodes[list[i]].children;
    set_offset(record, DCM_OffsetOfTheNextDirectoryRecord, i + 1 < list.size() ? place.at(list[i + 1]) : 0);
    record.putAndInsertUint16(DCM_RecordInUseFlag, 0xFFFF);
    set_offset(record, DCM_OffsetOfReferencedLowerLevelDirectoryEntity, below.empty() ? 0 : place.at(below.front()));
    link(data, nodes, below, place);
  }
}

}  // namespace

std::vector<std::string> referenced_files(DicomObject& directory) {
  std::vector<std::string> ids;
  DcmSequenceOfItems* records = records_of(directory.data());
  for (unsigned long i = 0; records != nullptr && i < records->card(); ++i) {
    const std::string id = file_id(*records->getItem(i));
    if (!id.empty()) ids.push_back(id);
  }
  std::ranges::sort(ids);
  const auto twice = std::ranges::unique(ids);
  ids.erase(twice.begin(), twice.end());
  return ids;
}

Bytes rebuild_directory(DicomObject& directory, const std::map<std::string, std::string>& files, const UidMap& map) {
  DcmDataset& data = directory.data();
  DcmSequenceOfItems* records = records_of(data);
  if (records == nullptr) damaged("no record sequence");
  std::vector<std::uint32_t> places;
  for (unsigned long i = 0; i < records->card(); ++i) {
    places.push_back(
        static_cast<std::uint32_t>(static_cast<DcmDirectoryRecord*>(records->getItem(i))->getFileOffset()));
  }
  Tree tree(data, places);
  std::vector<Node>& nodes = tree.nodes();
  // Keeps a record whose file is released, or below which one is; patients and studies without files go.
  const std::function<bool(std::size_t)> keep = [&](std::size_t i) {
    const std::string id = file_id(*nodes[i].record);
    const bool had_children = !nodes[i].children.empty();
    std::erase_if(nodes[i].children, [&](std::size_t child) { return !keep(child); });
    if (!id.empty()) {
      const auto now = files.find(id);
      if (now == files.end()) return false;
      if (now->second != id) rename_file(*nodes[i].record, now->second);
      return true;
    }
    return !had_children || !nodes[i].children.empty();
  };
  std::erase_if(tree.roots(), [&](std::size_t root) { return !keep(root); });

  std::vector<std::size_t> order;
  const std::function<void(const std::vector<std::size_t>&)> collect = [&](const std::vector<std::size_t>& list) {
    for (const std::size_t i : list) {
      order.push_back(i);
      collect(nodes[i].children);
    }
  };
  collect(tree.roots());
  while (records->card() > 0) records->remove(0ul);
  for (const std::size_t i : order) records->append(nodes[i].record);
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (std::ranges::find(order, i) == order.end()) delete nodes[i].record;
  }
  remove_leaks(data, {});
  map_uids(data, map);
  map_uids(*directory.file->getMetaInfo(), map);

  const auto write_with = [&](const std::vector<std::uint32_t>& item_places) {
    std::map<std::size_t, std::uint32_t> place;
    for (std::size_t k = 0; k < order.size(); ++k) place[order[k]] = k < item_places.size() ? item_places[k] : 0;
    link(data, nodes, tree.roots(), place);
    const bool empty = tree.roots().empty();
    set_offset(data, DCM_OffsetOfTheFirstDirectoryRecordOfTheRootDirectoryEntity,
               empty ? 0 : place.at(tree.roots().front()));
    set_offset(data, DCM_OffsetOfTheLastDirectoryRecordOfTheRootDirectoryEntity,
               empty ? 0 : place.at(tree.roots().back()));
    return write_object(directory, kExplicit, true);
  };
  // The meta information may change its length with the first writing.
  std::vector<std::uint32_t> known;
  for (int round = 0; round < 4; ++round) {
    Bytes written = write_with(known);
    std::vector<std::uint32_t> now = item_places(written, order.size());
    if (now == known) return written;
    known = std::move(now);
  }
  damaged("its records find no lasting place");
}

}  // namespace wardmark
