#include "cli/mark_report.h"

#include <nlohmann/json.hpp>

#include "cli/survival_report.h"
#include "io/item_id.h"

namespace wardmark {

void report_marking(const std::string& output, const Plan& plan, const MarkOutcome& outcome,
                    const std::optional<SurvivalReport>& survival, std::uint32_t words, Console& console) {
  for (const auto& [code, count] : outcome.codes) {
    if (info(code).kind == Kind::note) {
      console.say(counted(count, "document") + ": " + std::string(info(code).meaning) + " [" + std::string(name(code)) +
                  "]");
    }
  }
  if (console.style().json || console.style().json_lines) {
    nlohmann::json codes = nlohmann::json::object();
    for (const auto& [code, count] : outcome.codes) codes[std::string(name(code))] = count;
    nlohmann::json row{{"schema", "wardmark.mark/1"},
                       {"release", to_hex(ByteView(plan.id))},
                       {"output", printable(output)},
                       {"files", outcome.items},
                       {"marked", outcome.marked},
                       {"left", outcome.left},
                       {"refused", outcome.refused},
                       {"incomplete", outcome.faults},
                       {"sentences", outcome.sentences},
                       {"resumed", outcome.resumed},
                       {"complete", !outcome.interrupted},
                       {"codes", codes},
                       {"commitment_1", to_hex(plan.commitment_1)}};
    if (survival) row["survival"] = survival_json(*survival, words);
    console.result(row.dump() + "\n");
    return;
  }
  std::string text = outcome.interrupted ? "stopped early: " : "";
  text += counted(outcome.sentences, "sentence") + " in " + std::to_string(outcome.marked) + " of " +
          counted(outcome.items, "file");
  if (outcome.left > 0) text += ", " + std::to_string(outcome.left) + " left as they are";
  if (outcome.refused > 0) text += ", " + std::to_string(outcome.refused) + " refused";
  if (outcome.faults > 0) text += ", " + std::to_string(outcome.faults) + " with records kept as they are";
  if (outcome.resumed > 0) text += " (" + std::to_string(outcome.resumed) + " by an earlier run)";
  console.result(text + "; " + human_bytes(outcome.bytes_out) + " in " + printable(output) + "\n");
  if (survival) console.result(survival_text(*survival, words));
  if (outcome.interrupted) console.say("the same command with --resume continues");
}

void report_survival(const SurvivalReport& survival, std::uint32_t words, Console& console) {
  if (!console.style().json && !console.style().json_lines) return console.result(survival_text(survival, words));
  nlohmann::json row = survival_json(survival, words);
  row["schema"] = "wardmark.survival/1";
  console.result(row.dump() + "\n");
}

ExitStatus show_marking(const MarkRun& run, Console& console) {
  constexpr std::size_t kAround = 60;
  bool refused = false;
  for (std::size_t n = 0; n < run.plan.items.size() && !run.stop; ++n) {
    Bytes out;
    const ManifestItem item = mark_file(run, n, out);
    if (!item.insertions.empty() && packing_for(item.output_id) != Packing::none)
      out = unpacked(std::move(out), item.id);
    for (const Note& note : item.notes) {
      refused = refused || info(note.code).kind == Kind::item;
      if (note.code != Code::not_drawn) console.warning(item.id, note);
    }
    const std::string_view text = text_of(out);
    for (const Insertion& i : item.insertions) {
      const std::size_t from = i.at > kAround ? i.at - kAround : 0;
      console.result("--- " + printable(item.id) + "\n+++ " + printable(i.document) + " at byte " +
                     std::to_string(i.at) + "\n " + label_text(printable(text.substr(from, i.at - from))) + "\n+" +
                     label_text(printable(text.substr(i.at, i.length))) + "\n " +
                     label_text(printable(text.substr(i.at + i.length, kAround))) + "\n");
    }
  }
  return refused ? ExitStatus::partial : ExitStatus::ok;
}

}  // namespace wardmark
