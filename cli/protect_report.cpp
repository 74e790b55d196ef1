#include "cli/protect_report.h"

#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "cli/clinical_json.h"
#include "cli/extension.h"
#include "cli/published.h"

namespace wardmark {
namespace {

using nlohmann::json;

json number_or_null(double value) { return std::isfinite(value) ? json(std::round(value * 100) / 100) : json(); }

std::string state_word(const ProtectOutcome& outcome) { return outcome.interrupted ? "stopped early: " : ""; }

std::string count_line(const ProtectArgs& args, const ProtectOutcome& outcome) {
  std::string text =
      state_word(outcome) + "protected " + std::to_string(outcome.protected_) + " of " + counted(outcome.items, "item");
  if (outcome.left > 0) text += ", " + std::to_string(outcome.left) + " left as they are";
  if (outcome.refused > 0) text += ", " + std::to_string(outcome.refused) + " refused";
  if (outcome.resumed > 0) text += " (" + std::to_string(outcome.resumed) + " by an earlier run)";
  return text + "; " + human_bytes(outcome.bytes_out) + " in " + printable(args.output) + "\n";
}

std::string change_line(const MeasureSummary& m, bool clamped, const Console& console) {
  if (m.changed() == 0) return {};
  std::string text = "change: PSNR median " + decibels(m.median_psnr()) + ", worst " + decibels(m.worst().psnr()) +
                     " (" + printable(console.item_text(m.worst_item())) + "); worst " +
                     visibility_text(m.worst_ssim(), m.worst_ciede2000()) + "\n";
  if (m.visible() > 0) {
    text += "visible: " + std::to_string(m.visible()) + " of " + counted(m.changed(), "item") +
            " have SSIM below 0.97 or a 95th percentile of CIEDE2000 above 3" +
            (clamped ? "" : "; --max-change STEPS makes the change milder") + "\n";
  }
  return text;
}

json summary_json(const ProtectArgs& args, const ProtectJob& job, const ProtectOutcome& outcome,
                  const Console& console) {
  json codes = json::object();
  for (const auto& [code, count] : outcome.codes) codes[std::string(name(code))] = count;
  const MeasureSummary& m = outcome.measures;
  json out{{"schema", "wardmark.protect/1"},
           {"output", printable(args.output)},
           {"record", printable(job.record->path().string())},
           {"release", to_hex(ByteView(job.plan->id))},
           {"method", job.plan->method},
           {"items", outcome.items},
           {"protected", outcome.protected_},
           {"left", outcome.left},
           {"refused", outcome.refused},
           {"resumed", outcome.resumed},
           {"complete", !outcome.interrupted},
           {"bytes_out", outcome.bytes_out},
           {"codes", codes},
           {"draw", job.header.draw},
           {"commitment_1", to_hex(job.plan->commitment_1)}};
  if (m.changed() > 0) {
    out["psnr_median"] = number_or_null(m.median_psnr());
    out["psnr_worst"] = number_or_null(m.worst().psnr());
    out["psnr_worst_item"] = console.item_text(m.worst_item());
    out["ssim_worst"] = m.worst_ssim() / 1e4;
    out["ciede2000_p95_worst"] = m.worst_ciede2000() / 1e2;
    out["visible"] = m.visible();
  }
  if (outcome.footer) out["commitment_2"] = to_hex(outcome.footer->commitment_2);
  if (!job.shard.whole()) out["shard"] = {job.shard.index, job.shard.count};
  if (job.extension) {
    out["batch"] = job.header.batch;
    out["held"] = job.extension->held;
    out["withdrawn"] = job.extension->withdrawn;
    out["name_taken"] = job.extension->changed.size();
  }
  return out;
}

void say_dropped(const ProtectOutcome& outcome, Console& console) {
  for (const auto& [code, count] : outcome.codes) {
    const CodeInfo& row = info(code);
    if (row.kind != Kind::note || code == Code::visible) continue;
    console.say(counted(count, "item") + ": " + std::string(row.meaning) + " [" + std::string(row.name) + "]");
  }
}

void say_batch(const Extension& extension, const RecordFolder& record, Console& console) {
  const std::string number = std::to_string(extension.batch.number);
  if (extension.later > 0)
    console.say(counted(extension.later, "new item") + " of the input came later: run the same command again");
  console.say("batch " + number + " of release '" + printable(extension.parent.release_name) +
              "': under its draw; to have it time-stamped: wardmark commit " + printable(record.path().string()) +
              " --batch " + number + " --query FILE");
}

void say_advice(const ProtectArgs& args, const ProtectJob& job, const ProtectOutcome& outcome, Console& console) {
  for (const std::string& reminder : job.input.reader->survey().reminders) console.say(reminder);
  if (outcome.interrupted) {
    console.say("the same command with --resume continues");
    return;
  }
  if (!job.shard.whole()) {
    console.say("shard " + std::to_string(job.shard.index) + " of " + std::to_string(job.shard.count) +
                " is done; after the last one: wardmark manifest merge " + job.record->path().string() + " -k KEY");
    return;
  }
  console.say("publish " + printable(args.output) + " only; keep the key, the originals, the list of tests and " +
              printable(job.record->path().string()));
  if (job.method->effect != Effect::none) {
    if (!job.extension) say_published(args.release.published, console);
    console.say("this raises the cost of training a classifier on these labels; it prevents nothing for certain");
  }
  if (job.extension) {
    say_batch(*job.extension, *job.record, console);
    return;
  }
  say_draw(job.header, console);
}

}  // namespace

void say_draw(const ManifestHeader& header, Console& console) {
  console.say(
      header.draw == "beacon"
          ? "draw: by beacon round " + header.beacon +
                " that the plan named; grade A needs commitment 1 "
                "time-stamped before that round"
          : "draw: your own (grade C); time-stamp the digests of 'wardmark commit' before the release for grade B, "
            "plan with a beacon round for grade A");
}

std::string decibels(double psnr) {
  if (!std::isfinite(psnr)) return "unchanged";
  char text[32];
  std::snprintf(text, sizeof text, "%.1f dB", psnr);
  return text;
}

std::string visibility_text(std::int32_t ssim, std::int32_t ciede2000) {
  char text[64];
  std::snprintf(text, sizeof text, "SSIM %.3f, CIEDE2000 %.2f", ssim / 1e4, ciede2000 / 1e2);
  return text;
}

void report_run(const ProtectArgs& args, const ProtectJob& job, const ProtectOutcome& outcome, Console& console) {
  if (console.style().json || console.style().json_lines) {
    console.result(summary_json(args, job, outcome, console).dump(-1, ' ', false, json::error_handler_t::replace) +
                   "\n");
  } else {
    console.result(count_line(args, outcome) + change_line(outcome.measures, job.budget.limited(), console));
  }
  say_dropped(outcome, console);
  say_advice(args, job, outcome, console);
}

void report_nothing_new(const ProtectArgs& args, const ProtectJob& job, Console& console) {
  if (console.style().json || console.style().json_lines) {
    console.result(summary_json(args, job, {}, console).dump(-1, ' ', false, json::error_handler_t::replace) + "\n");
  } else {
    console.result("nothing new: 0 items added to release '" + printable(job.plan->release_name) + "'\n");
  }
}

void report_items(const ProtectJob& job, const ReleaseKeys& keys, Console& console) {
  const auto text = job.record->read_manifest(job.shard, job.header.batch);
  if (!text) return;
  for (const std::string& line : parse_manifest(*text, true).lines) {
    const ManifestItem item = open_item(line, keys);
    json codes = json::array();
    for (const Note& note : item.notes) codes.push_back(name(note.code));
    json row{{"schema", "wardmark.item/1"},
             {"id", console.item_text(item.id)},
             {"state", name(item.state)},
             {"codes", codes}};
    if (item.state == ItemState::refused) {
      const Note& why = item.notes.front();
      row["reason"] = console.paths_hidden() ? std::string(info(why.code).meaning) : why.detail;
    } else {
      row["output"] = console.paths_hidden() ? console.item_text(item.id) : item.output_id;
      row["psnr"] = number_or_null(item.measured.psnr());
      row["max_change"] = item.measured.max_abs;
      row["ssim"] = item.measured.ssim / 1e4;
      row["ciede2000_p95"] = item.measured.ciede2000 / 1e2;
      if (item.clinical) row["clinical"] = clinical_json(*item.clinical);
    }
    console.result(row.dump(-1, ' ', false, json::error_handler_t::replace) + "\n");
  }
}

}  // namespace wardmark
