#include "evaluate/grid.h"

#include <algorithm>
#include <iterator>

namespace wardmark {
namespace {

constexpr double kCellOverhead = 0.6;  ///< seconds: building, layout, test
constexpr double kTestShare = 0.12;    ///< of training time: validation after each epoch
/// Of the pictures: with fewer, a network learns so little that originals and protected pictures look alike.
constexpr double kTellingShare = 0.4;

bool possible(const BreakerInfo& info, bool has_clean) { return has_clean || info.needs == Needs::nothing; }

/// The breaker's row, or null for "none".
const BreakerInfo* row_of(const std::string& breaker) {
  const std::string name = breaker.substr(0, breaker.find(':'));
  for (const BreakerInfo& info : breakers()) {
    if (info.name == name) return &info;
  }
  return nullptr;
}

bool essential(const Cell& cell, const Question& question) {
  if (cell.repeat != 0 || cell.network != question.networks.front()) return false;
  if (cell.data == Data::clean) return cell.breaker == "none";
  if (cell.data != Data::marked) return false;
  const BreakerInfo* info = row_of(cell.breaker);
  return info == nullptr || (info->quick && info->cost <= 2);
}

double foretell_all(const std::vector<Cell>& cells, const Pace& pace, std::size_t items, int epochs) {
  double seconds = 0;
  for (const Cell& cell : cells) seconds += foretell(cell, pace, items, epochs);
  return seconds;
}

}  // namespace

std::vector<Cell> grid_of(const Question& question, bool has_clean) {
  std::vector<Cell> cells;
  for (const std::string& network : question.networks) {
    for (int repeat = 0; repeat < question.repeats; ++repeat) {
      const auto add = [&](Data data, int share, const std::string& breaker) {
        cells.push_back({data, share, breaker, network, repeat});
      };
      if (has_clean) add(Data::clean, 0, "none");
      add(Data::marked, 100, "none");
      for (const bool quick : {true, false}) {
        for (const BreakerChoice& choice : question.breakers) {
          if (choice.info->quick == quick && possible(*choice.info, has_clean)) add(Data::marked, 100, choice.text());
        }
      }
      for (const int share : question.shares) {
        if (!has_clean) break;
        add(Data::mixture, share, "none");
        add(Data::clean_part, share, "none");
      }
      for (const BreakerChoice& choice : question.breakers) {
        // Pairs tell nothing about a set that carries no marks.
        if (question.clean_breakers && has_clean && choice.info->needs != Needs::clean_pairs) {
          add(Data::clean, 0, choice.text());
        }
      }
    }
  }
  return cells;
}

bool is_first_answer(const Cell& cell, const Question& question) {
  return cell.repeat == 0 && cell.network == question.networks.front() && cell.breaker == "none" &&
         (cell.data == Data::clean || cell.data == Data::marked);
}

double foretell(const Cell& cell, const Pace& pace, std::size_t train_items, int epochs) {
  const BreakerInfo* info = row_of(cell.breaker);
  if (info != nullptr && !info->by_product_of.empty()) return 0;
  const double share = cell.data == Data::clean_part ? (100 - cell.share) / 100.0 : 1.0;
  const double cost = (info == nullptr ? 1.0 : info->cost) + kTestShare;
  return kCellOverhead +
         pace.seconds_per_item.at(cell.network) * share * static_cast<double>(train_items) * epochs * cost;
}

Budgeted fit_budget(const std::vector<Cell>& cells, const Question& question, const Pace& pace, std::size_t train_items,
                    std::size_t least_items, double seconds) {
  const int epochs = question.epochs;
  Budgeted out;
  out.train_items = train_items;
  if (seconds <= 0) {
    out.cells = cells;
    out.seconds = foretell_all(cells, pace, train_items, epochs);
    return out;
  }
  // The share of the pictures with which all cells that `wanted` names fit.
  const auto share_of = [&](const auto& wanted) {
    std::vector<Cell> some;
    std::ranges::copy_if(cells, std::back_inserter(some), wanted);
    const double fixed = kCellOverhead * static_cast<double>(some.size());
    const double whole = foretell_all(some, pace, train_items, epochs);
    return std::clamp((seconds - fixed) / std::max(1e-9, whole - fixed), 0.0, 1.0);
  };
  const double with_breakers = share_of([&](const Cell& cell) { return essential(cell, question); });
  const double first_answers = share_of([&](const Cell& cell) { return is_first_answer(cell, question); });
  const double share = std::max(with_breakers, std::min(kTellingShare, first_answers));
  out.train_items = std::clamp(static_cast<std::size_t>(share * static_cast<double>(train_items)),
                               std::min(least_items, train_items), train_items);
  for (const Cell& cell : cells) {
    const double more = foretell(cell, pace, out.train_items, epochs);
    if (is_first_answer(cell, question) || out.seconds + more <= seconds) {
      out.cells.push_back(cell);
      out.seconds += more;
    } else {
      out.left_out.push_back(cell);
    }
  }
  return out;
}

}  // namespace wardmark
