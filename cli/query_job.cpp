#include "cli/query_job.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <nlohmann/json.hpp>

#include "cli/exit_status.h"
#include "cli/suspect_state.h"
#include "core/error.h"
#include "io/atomic_file.h"

namespace wardmark {
namespace {

using nlohmann::json;

constexpr auto kJobSchema = "wardmark.query-job/1";
constexpr auto kAnswersSchema = "wardmark.query-answers/1";
constexpr auto kTwinsSchema = "wardmark.twin-answers/1";

std::string text_of_json(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

Subkey key_of(const json& hex) {
  const Digest bytes = digest_from_hex(hex.get<std::string>());
  return Subkey(bytes);
}

SuspectHello hello_of(const json& value) {
  return {value.at("name"),     value.at("height"), value.at("width"),
          value.at("channels"), value.at("labels"), value.at("batch")};
}

json json_of(const SuspectHello& s) {
  return {{"name", s.name},         {"height", s.height}, {"width", s.width},
          {"channels", s.channels}, {"labels", s.labels}, {"batch", s.batch}};
}

bool send(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t n = ::write(fd, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

/// The text of the answers, which are asked for unless they are there.
std::optional<std::string> answers_file(const QueryJob& job, const Console& console, ExitStatus& status) {
  if (!std::filesystem::exists(job.table)) {
    status = static_cast<ExitStatus>(run_query_process(format_query_job(job), style_words(console)));
    if (status != ExitStatus::ok) return std::nullopt;
  }
  const Bytes bytes = read_file(job.table);
  return std::string(text_of(ByteView(bytes)));
}

}  // namespace

Access access_of(const std::string& text) {
  for (const Access access : {Access::labels, Access::scores}) {
    if (text == name(access)) return access;
  }
  throw Error(Code::usage, "a job that asks for '" + text + "'");
}

std::shared_ptr<const FitState> fit_of(const QueryJob& job) {
  return job.fit.empty() ? nullptr : std::make_shared<const FitState>(read_fit_state(job.fit));
}

std::string format_query_job(const QueryJob& job) {
  json pool = json::array();
  for (const Subkey& key : job.pool) pool.push_back(to_hex(key.bytes()));
  return text_of_json({{"schema", kJobSchema},
                       {"method", job.method},
                       {"parameters", job.parameters},
                       {"output", job.output},
                       {"classes", job.classes},
                       {"items", job.items},
                       {"pool", pool},
                       {"order", to_hex(job.order.bytes())},
                       {"fit", to_base64(job.fit)},
                       {"data", job.data},
                       {"format", job.format},
                       {"labels", job.labels},
                       {"class_names", job.class_names},
                       {"splits", job.splits},
                       {"pictures", job.pictures},
                       {"slots", job.slots},
                       {"places", job.places},
                       {"suspect", job.suspect},
                       {"suspect_labels", job.suspect_labels},
                       {"access", name(job.access)},
                       {"seconds", job.limits.seconds},
                       {"memory_mib", job.limits.memory_mib},
                       {"jobs", job.jobs},
                       {"journal", job.journal},
                       {"table", job.table}});
}

QueryJob parse_query_job(std::string_view text) {
  try {
    const json value = json::parse(text);
    if (value.at("schema") != kJobSchema) throw Error(Code::usage, "a job of another version");
    QueryJob job;
    value.at("method").get_to(job.method);
    value.at("parameters").get_to(job.parameters);
    value.at("output").get_to(job.output);
    value.at("classes").get_to(job.classes);
    value.at("items").get_to(job.items);
    for (const json& key : value.at("pool")) job.pool.push_back(key_of(key));
    job.order = key_of(value.at("order"));
    job.fit = from_base64(value.at("fit").get<std::string>());
    value.at("data").get_to(job.data);
    value.at("format").get_to(job.format);
    value.at("labels").get_to(job.labels);
    value.at("class_names").get_to(job.class_names);
    value.at("splits").get_to(job.splits);
    value.at("pictures").get_to(job.pictures);
    value.at("slots").get_to(job.slots);
    value.at("places").get_to(job.places);
    value.at("suspect").get_to(job.suspect);
    value.at("suspect_labels").get_to(job.suspect_labels);
    job.access = access_of(value.at("access"));
    value.at("seconds").get_to(job.limits.seconds);
    value.at("memory_mib").get_to(job.limits.memory_mib);
    value.at("jobs").get_to(job.jobs);
    value.at("journal").get_to(job.journal);
    value.at("table").get_to(job.table);
    return job;
  } catch (const json::exception&) {
    throw Error(Code::usage, "stdin holds no job of questions", "`wardmark verify images` starts this command");
  }
}

std::string format_query_answers(const QueryAnswers& answers) {
  const ResponseTable& table = answers.table;
  json asked = json::array(), counts = json::array();
  for (std::uint32_t a = 0; a < table.classes(); ++a) asked.push_back(table.asked(a));
  for (std::uint32_t j = 0; j < table.keys(); ++j) {
    for (std::uint32_t s = 0; s < table.classes(); ++s) {
      for (std::uint32_t a = 0; a < table.classes(); ++a) counts.push_back(table.count(j, s, a));
    }
  }
  return text_of_json({{"schema", kAnswersSchema},
                       {"suspect", json_of(answers.suspect)},
                       {"queries", answers.queries},
                       {"kept", answers.kept},
                       {"keys", table.keys()},
                       {"classes", table.classes()},
                       {"step", table.step()},
                       {"asked", asked},
                       {"counts", counts},
                       {"hash", table.hash()}}) +
         "\n";
}

QueryAnswers parse_query_answers(std::string_view text) {
  try {
    const json value = json::parse(text);
    if (value.at("schema") != kAnswersSchema) throw Error(Code::record_format, "answers of another version");
    const auto keys = value.at("keys").get<std::uint32_t>(), classes = value.at("classes").get<std::uint32_t>();
    const json& counts = value.at("counts");
    if (keys == 0 || classes < 2 || value.at("asked").size() != classes ||
        counts.size() != std::size_t{keys} * classes * classes)
      throw Error(Code::record_format, "answers: the table is not whole");
    QueryAnswers answers{ResponseTable(keys, classes, value.at("asked"), value.value("step", 0.0)),
                         hello_of(value.at("suspect")), value.at("queries"), value.at("kept")};
    std::size_t at = 0;
    for (std::uint32_t j = 0; j < keys; ++j) {
      for (std::uint32_t s = 0; s < classes; ++s) {
        for (std::uint32_t a = 0; a < classes; ++a) counts[at++].get_to(answers.table.count(j, s, a));
      }
    }
    if (answers.table.hash() != value.at("hash").get<std::string>())
      throw Error(Code::record_format, "answers: their hash is not that of the table");
    return answers;
  } catch (const json::exception&) {
    throw Error(Code::record_format, "answers: the file is damaged", "remove the state and ask again");
  }
}

std::string TwinAnswers::hash() const {
  std::string text;
  for (const std::int64_t difference : differences) text += std::to_string(difference) + ' ';
  return to_hex(digest(nullptr, "twin-differences", {bytes_of(text)}));
}

std::string format_twin_answers(const TwinAnswers& answers) {
  return text_of_json({{"schema", kTwinsSchema},
                       {"suspect", json_of(answers.suspect)},
                       {"queries", answers.queries},
                       {"kept", answers.kept},
                       {"differences", answers.differences},
                       {"hash", answers.hash()}}) +
         "\n";
}

TwinAnswers parse_twin_answers(std::string_view text) {
  try {
    const json value = json::parse(text);
    if (value.at("schema") != kTwinsSchema) throw Error(Code::record_format, "answers of another version, or test");
    const TwinAnswers answers{value.at("differences"), hello_of(value.at("suspect")), value.at("queries"),
                              value.at("kept")};
    if (answers.hash() != value.at("hash").get<std::string>())
      throw Error(Code::record_format, "answers: their hash is not that of the differences");
    return answers;
  } catch (const json::exception&) {
    throw Error(Code::record_format, "answers: the file is damaged", "remove the state and ask again");
  }
}

void ask_with(const Asking& asking, const std::filesystem::path& folder, QueryJob& job) {
  job.suspect = suspect_command(asking.source, folder);
  job.suspect_labels = label_lines(asking.classes);
  job.access = access_of(asking.access);
  job.limits = {asking.seconds, asking.memory_mib};
  job.jobs = asking.source.jobs;
  job.journal = (folder / "queries.jsonl").string();
  job.table = (folder / "answers.json").string();
}

std::optional<QueryAnswers> ask(const QueryJob& job, Console& console, ExitStatus& status) {
  const auto text = answers_file(job, console, status);
  return text ? std::optional(parse_query_answers(*text)) : std::nullopt;
}

std::optional<TwinAnswers> ask_about_twins(const QueryJob& job, Console& console, ExitStatus& status) {
  const auto text = answers_file(job, console, status);
  return text ? std::optional(parse_twin_answers(*text)) : std::nullopt;
}

int run_query_process(const std::string& job, const std::vector<std::string>& style) {
  std::vector<std::string> words = {"wardmark", "verify", "query"};
  words.insert(words.end(), style.begin(), style.end());
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  int pipe[2];
  if (::pipe2(pipe, O_CLOEXEC) != 0) throw Error(Code::out_of_memory, std::string("pipe: ") + std::strerror(errno));
  const pid_t child = ::fork();
  if (child == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);  // nobody would take its answers: it stops, and --resume goes on
    ::dup2(pipe[0], 0);
    ::execv("/proc/self/exe", pointers.data());
    ::_exit(127);
  }
  ::close(pipe[0]);
  if (child < 0) {
    ::close(pipe[1]);
    throw Error(Code::out_of_memory, std::string("fork: ") + std::strerror(errno));
  }
  auto* const before = std::signal(SIGPIPE, SIG_IGN);
  send(pipe[1], job);
  std::signal(SIGPIPE, before);
  ::close(pipe[1]);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  if (WIFEXITED(status)) return WEXITSTATUS(status);
  const int signal = WTERMSIG(status);
  if (signal == SIGINT || signal == SIGTERM || signal == SIGHUP) return static_cast<int>(ExitStatus::stopped);
  throw Error(Code::suspect_failed, "the process that asks was ended by signal " + std::to_string(signal));
}

}  // namespace wardmark
