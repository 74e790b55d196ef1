#include "cli/text_job.h"

#include <nlohmann/json.hpp>

#include "core/error.h"

namespace wardmark {
namespace {

using nlohmann::json;

constexpr auto kJobSchema = "wardmark.text-job/1";
constexpr auto kProbeSchema = "wardmark.text-probe/1";

std::string dumped(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

}  // namespace

bool is_text_job(std::string_view text) {
  const json value = json::parse(text, nullptr, false);
  return value.is_object() && value.contains("schema") && value["schema"] == kJobSchema;
}

std::string format_text_job(const TextJob& job) {
  json prompts = json::array(), items = json::array();
  for (const TextPrompt& prompt : job.questions.prompts) prompts.push_back({prompt.text, prompt.tokens});
  for (const TextItem& item : job.questions.items) items.push_back({item.context, item.text});
  return dumped({{"schema", kJobSchema},
                 {"suspect", job.suspect},
                 {"seconds", job.limits.seconds},
                 {"memory_mib", job.limits.memory_mib},
                 {"prompts", prompts},
                 {"items", items},
                 {"batch", job.batch},
                 {"journal", job.journal},
                 {"result", job.result}});
}

TextJob parse_text_job(std::string_view text) {
  try {
    const json value = json::parse(text);
    if (value.at("schema") != kJobSchema) throw Error(Code::usage, "a job of another version");
    TextJob job;
    value.at("suspect").get_to(job.suspect);
    value.at("seconds").get_to(job.limits.seconds);
    value.at("memory_mib").get_to(job.limits.memory_mib);
    for (const json& p : value.at("prompts")) job.questions.prompts.push_back({p.at(0), p.at(1)});
    for (const json& i : value.at("items")) job.questions.items.push_back({i.at(0), i.at(1)});
    value.at("batch").get_to(job.batch);
    value.at("journal").get_to(job.journal);
    value.at("result").get_to(job.result);
    return job;
  } catch (const json::exception&) {
    throw Error(Code::usage, "stdin holds no job of questions", "`wardmark verify text` starts this command");
  }
}

std::string format_text_probe(const TextProbe& probe) {
  const TextHello& h = probe.hello;
  const TextAbility& a = probe.ability;
  return dumped({{"schema", kProbeSchema},
                 {"name", h.name},
                 {"says_continue", h.continues},
                 {"says_score", h.scores},
                 {"context", h.context},
                 {"continues", a.continues},
                 {"scores", a.scores},
                 {"no_continuing", a.no_continuing},
                 {"no_scoring", a.no_scoring},
                 {"spread", a.spread}}) +
         "\n";
}

TextProbe parse_text_probe(std::string_view text) {
  try {
    const json value = json::parse(text);
    if (value.at("schema") != kProbeSchema) throw Error(Code::record_format, "a probe of another version");
    TextProbe probe;
    probe.hello = {value.at("name"), value.at("says_continue"), value.at("says_score"), value.at("context")};
    probe.ability = {value.at("continues"), value.at("scores"), value.at("no_continuing"), value.at("no_scoring"),
                     value.at("spread")};
    return probe;
  } catch (const json::exception&) {
    throw Error(Code::record_format, "probe: the file is damaged", "remove the state and ask again");
  }
}

}  // namespace wardmark
