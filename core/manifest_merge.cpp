#include "core/manifest_merge.h"

#include <algorithm>
#include <queue>
#include <utility>

#include "core/error.h"

namespace wardmark {
namespace {

/// Does `step`; its errors name the part.
template <typename Step>
auto of_part(const std::string& name, const Step& step) {
  try {
    return step();
  } catch (const Error& error) {
    throw Error(error.code(), name + ": " + error.what(), error.hint());
  }
}

bool same_release(const ManifestHeader& a, const ManifestHeader& b) {
  return a.release == b.release && a.batch == b.batch && a.plan_hash == b.plan_hash && a.draw == b.draw &&
         a.beacon == b.beacon && (a.shard_count == b.shard_count || a.shards.empty() || b.shards.empty());
}

/// The header of all parts together.
ManifestHeader joined(ManifestHeader whole, const ManifestHeader& part) {
  if (whole.shards.empty() || part.shards.empty()) {
    whole.shards.clear();
    whole.shard_count = 0;
    return whole;
  }
  std::vector<std::uint32_t> shards;
  std::ranges::set_union(whole.shards, part.shards, std::back_inserter(shards));
  whole.shards = std::move(shards);
  return whole;
}

}  // namespace

ManifestMerge::ManifestMerge(std::vector<ManifestPart> parts) {
  if (parts.empty()) throw Error(Code::record_format, "no manifest to merge");
  for (ManifestPart& part : parts) {
    of_part(part.name, [&] {
      parts_.emplace_back(part.name, std::move(part.next));
      if (!same_release(parts_.back().reader.header(), parts_.front().reader.header())) {
        throw Error(Code::merge_mixed, "of another release, plan, draw or number of shards than the other manifests");
      }
    });
  }
  header_ = parts_.front().reader.header();
  for (const Part& part : parts_) header_ = joined(std::move(header_), part.reader.header());
  if (header_.shards.size() == header_.shard_count) header_.shards.clear();
  if (header_.shards.empty()) header_.shard_count = 0;
}

bool ManifestMerge::advance(Part& part, const ReleaseKeys& keys) {
  return of_part(part.name, [&] {
    if (part.reader.advance()) {
      part.tree.add(line_leaf(part.reader.line()));
      if (is_withdrawn_line(part.reader.line())) ++part.withdrawn;
      return true;
    }
    if (!part.reader.footer()) {
      throw Error(Code::record_incomplete, "its run was not finished", "finish it with --resume");
    }
    check_footer(part.reader.header(), *part.reader.footer(), part.tree.root(), part.tree.leaves(), part.withdrawn,
                 keys);
    return false;
  });
}

ManifestFooter ManifestMerge::run(const ReleaseKeys& keys, const std::function<void(std::string_view)>& write) {
  const auto later = [](const Part* a, const Part* b) { return a->reader.number() > b->reader.number(); };
  std::priority_queue<Part*, std::vector<Part*>, decltype(later)> waiting(later);
  const auto next_of = [&](Part& part) {
    if (advance(part, keys)) waiting.push(&part);
  };
  for (Part& part : parts_) next_of(part);

  const std::string header = header_line(header_);
  write(header);
  MerkleTree tree;
  ManifestFooter footer, repeated;
  const auto count = [](ManifestFooter& counts, ItemState state) {
    ++(state == ItemState::protected_ ? counts.protected_ : state == ItemState::left ? counts.left : counts.refused);
  };
  while (!waiting.empty()) {
    Part& first = *waiting.top();
    waiting.pop();
    const std::string line = first.reader.line();
    const std::uint64_t number = first.reader.number();
    next_of(first);
    while (!waiting.empty() && waiting.top()->reader.number() == number) {
      Part& other = *waiting.top();
      waiting.pop();
      if (other.reader.line() != line) {
        throw Error(Code::record_altered,
                    other.name + ": says of item " + std::to_string(number) + " something else than another manifest");
      }
      count(repeated, released_as(line, keys));
      next_of(other);
    }
    tree.add(line_leaf(line));
    if (is_withdrawn_line(line)) ++footer.withdrawn;
    write(line);
  }
  // The sealed counts of the parts hold; what was said twice is taken off again.
  for (const Part& part : parts_) {
    const ManifestFooter counts = part.reader.footer().value();
    footer.protected_ += counts.protected_;
    footer.left += counts.left;
    footer.refused += counts.refused;
  }
  footer.protected_ -= repeated.protected_;
  footer.left -= repeated.left;
  footer.refused -= repeated.refused;
  footer.items = tree.leaves();
  footer.root = tree.root();
  if (parts_.size() == 1) footer.container = parts_.front().reader.footer().value().container;
  write(sealed_footer_line(header, footer, header_.commitment_1, keys));
  return footer;
}

}  // namespace wardmark
