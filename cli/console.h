#pragma once
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "core/report.h"

namespace spdlog {
class logger;
}

namespace wardmark {

/// How the program talks: set by the options every command has.
struct ConsoleStyle {
  std::string progress = "auto";  ///< auto, never
  std::string color = "auto";     ///< auto, always, never
  bool quiet = false;             ///< errors only
  bool verbose = false;
  bool json = false;        ///< one object on stdout at the end
  bool json_lines = false;  ///< one object per item on stdout, then the summary object
};

/// Results go to stdout, messages and progress to stderr. Thread-safe.
class Console : public Report {
 public:
  Console();
  ~Console() override;
  Console(const Console&) = delete;
  Console& operator=(const Console&) = delete;
  void apply(const ConsoleStyle& style);
  const ConsoleStyle& style() const { return style_; }

  /// From now on no path of an item is printed: its place in the plan stands for it, and errors and refusals are told
  /// by what their code means, since their texts name files. For the whole run; before anything else is said.
  void hide_paths() { hidden_ = true; }
  bool paths_hidden() const { return hidden_; }
  /// The items that numbers stand for, sorted by id.
  void number_items(std::vector<std::string> ids);
  /// How an item is printed: its id, or with hidden paths "item N" (from 0, as `n` in the manifest), "a file" where it
  /// is none. For results; not yet printable().
  std::string item_text(std::string_view id) const;

  /// Text of the result, to stdout as it is. Error(write_failed) when stdout is closed or full, but a closed pipe ends
  /// the program quietly.
  void result(std::string_view text);
  void flush_result();
  /// "wardmark: text" unless quiet.
  void say(std::string_view text);
  /// The same only with --verbose.
  void detail(std::string_view text);
  void warn(std::string_view text);
  void hint(std::string_view text);
  /// "wardmark: error: text", then the hint.
  void error(const Error& error);

  void progress(std::string_view stage, std::uint64_t done, std::uint64_t total, std::uint64_t bytes) override;
  void warning(std::string_view subject, const Note& note) override;
  void refused(std::string_view item, const Error& error) override;
  /// Takes the progress line off the terminal.
  void end_progress();

 private:
  void clear_line();
  std::string error_text(const Error& error) const;
  using Clock = std::chrono::steady_clock;
  ConsoleStyle style_;
  bool hidden_ = false;
  std::vector<std::string> items_;
  std::mutex lock_;
  std::shared_ptr<spdlog::logger> log_;
  std::string stage_;
  Clock::time_point stage_start_{};
  Clock::time_point last_progress_{};
  bool line_shown_ = false;
  std::uint64_t refusals_shown_ = 0;
};

/// A control character in a name must not reach a terminal: they are shown as \xNN.
std::string printable(std::string_view text);
/// "12.3 MB", decimal units.
std::string human_bytes(std::uint64_t bytes);
/// "1 file", "2 files".
std::string counted(std::uint64_t n, std::string_view noun);

}  // namespace wardmark
