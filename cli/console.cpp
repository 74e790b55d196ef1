#include "cli/console.h"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace wardmark {
namespace {

bool terminal(int fd) {
  const char* term = std::getenv("TERM");
  return isatty(fd) != 0 && (term == nullptr || std::strcmp(term, "dumb") != 0);
}

bool coloured(const std::string& choice) {
  if (choice != "auto") return choice == "always";
  const char* no_color = std::getenv("NO_COLOR");
  return terminal(STDERR_FILENO) && (no_color == nullptr || *no_color == '\0');
}

std::string duration(double seconds) {
  const auto s = static_cast<long>(seconds + 0.5);
  if (s < 60) return std::to_string(s) + " s";
  if (s < 3600) return std::to_string(s / 60) + " min " + std::to_string(s % 60) + " s";
  return std::to_string(s / 3600) + " h " + std::to_string(s / 60 % 60) + " min";
}

}  // namespace

Console::Console() { apply(ConsoleStyle{}); }
Console::~Console() { clear_line(); }

void Console::apply(const ConsoleStyle& style) {
  style_ = style;
  auto sink = std::make_shared<spdlog::sinks::stderr_color_sink_mt>(coloured(style.color) ? spdlog::color_mode::always
                                                                                          : spdlog::color_mode::never);
  sink->set_color(spdlog::level::info, "");
  log_ = std::make_shared<spdlog::logger>("wardmark", std::move(sink));
  log_->set_pattern("wardmark: %^%v%$");
  log_->set_level(style.quiet ? spdlog::level::err : style.verbose ? spdlog::level::debug : spdlog::level::info);
}

void Console::result(std::string_view text) {
  const std::scoped_lock held(lock_);
  clear_line();
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size()) {
    if (errno == EPIPE) std::_Exit(141);  // whoever read the result has left; nothing more to say
    throw Error(errno == ENOSPC ? Code::disk_full : Code::write_failed,
                std::string("standard output: ") + std::strerror(errno));
  }
}

void Console::flush_result() {
  if (std::fflush(stdout) == 0) return;
  if (errno == EPIPE) std::_Exit(141);
  throw Error(errno == ENOSPC ? Code::disk_full : Code::write_failed,
              std::string("standard output: ") + std::strerror(errno));
}

void Console::say(std::string_view text) {
  const std::scoped_lock held(lock_);
  clear_line();
  log_->info("{}", text);
}

void Console::detail(std::string_view text) {
  const std::scoped_lock held(lock_);
  clear_line();
  log_->debug("{}", text);
}

void Console::warn(std::string_view text) {
  const std::scoped_lock held(lock_);
  clear_line();
  log_->warn("warning: {}", printable(text));
}

void Console::hint(std::string_view text) {
  const std::scoped_lock held(lock_);
  clear_line();
  log_->error("hint: {}", printable(text));
}

void Console::number_items(std::vector<std::string> ids) {
  if (hidden_) items_ = std::move(ids);
}

std::string Console::item_text(std::string_view id) const {
  if (!hidden_) return std::string(id);
  const auto at = std::ranges::lower_bound(items_, id);
  return at != items_.end() && *at == id ? "item " + std::to_string(at - items_.begin()) : "a file";
}

/// With hidden paths what a text says of options alone, else the meaning of its code.
std::string Console::error_text(const Error& error) const {
  const bool told = !hidden_ || error.code() == Code::usage || error.code() == Code::parameter;
  return told ? std::string(error.what()) : std::string(info(error.code()).meaning);
}

void Console::error(const Error& error) {
  const std::scoped_lock held(lock_);
  clear_line();
  log_->error("error: {} [{}]", printable(error_text(error)), name(error.code()));
  if (!error.hint().empty()) log_->error("hint: {}", printable(error.hint()));
}

void Console::warning(std::string_view subject, const Note& note) {
  std::string text = subject.empty() ? std::string() : item_text(subject) + ": ";
  text += info(note.code).meaning;
  if (!note.detail.empty() && !hidden_) text += " (" + note.detail + ")";
  warn(text + " [" + std::string(name(note.code)) + "]");
}

void Console::refused(std::string_view item, const Error& error) {
  constexpr std::uint64_t kShown = 20;
  const std::scoped_lock held(lock_);
  clear_line();
  ++refusals_shown_;
  std::string text = error_text(error);
  if (hidden_ || text.rfind(item, 0) != 0) text = item_text(item) + ": " + text;
  if (refusals_shown_ <= kShown || style_.verbose) {
    log_->warn("refused: {} [{}]", printable(text), name(error.code()));
  } else if (refusals_shown_ == kShown + 1) {
    log_->warn("refused: more items; all are in the record (--verbose shows them here)");
  }
}

void Console::progress(std::string_view stage, std::uint64_t done, std::uint64_t total, std::uint64_t bytes) {
  if (style_.quiet || style_.progress == "never") return;
  const std::scoped_lock held(lock_);
  const auto now = Clock::now();
  if (stage != stage_) {
    stage_ = stage;
    stage_start_ = now;
    last_progress_ = now;
  }
  const bool live = terminal(STDERR_FILENO);
  const auto pause = live ? std::chrono::milliseconds(250) : std::chrono::milliseconds(60000);
  if (now - last_progress_ < pause) return;
  last_progress_ = now;
  const double spent = std::chrono::duration<double>(now - stage_start_).count();
  const double rate = static_cast<double>(done) / spent;
  std::string text = stage_ + " " + std::to_string(done) + " of " + std::to_string(total);
  if (rate > 0) {
    char figures[64];
    std::snprintf(figures, sizeof figures, ", %.1f/s", rate);
    text += figures;
    if (bytes > 0) {
      std::snprintf(figures, sizeof figures, ", %.1f MB/s", static_cast<double>(bytes) / spent / 1e6);
      text += figures;
    }
    if (total >= done) text += ", " + duration(static_cast<double>(total - done) / rate) + " left";
  }
  if (live) {
    std::fprintf(stderr, "\r\033[K%s", text.c_str());
    std::fflush(stderr);
    line_shown_ = true;
  } else {
    log_->info("{}", text);
  }
}

void Console::end_progress() {
  const std::scoped_lock held(lock_);
  clear_line();
}

void Console::clear_line() {
  if (!line_shown_) return;
  std::fputs("\r\033[K", stderr);
  line_shown_ = false;
}

std::string printable(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte != 0x7f) {
      out += c;
    } else {
      char code[8];
      std::snprintf(code, sizeof code, "\\x%02X", byte);
      out += code;
    }
  }
  return out;
}

std::string human_bytes(std::uint64_t bytes) {
  constexpr const char* kUnits[] = {"B", "kB", "MB", "GB", "TB", "PB"};
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (value >= 999.5 && unit + 1 < std::size(kUnits)) {
    value /= 1000.0;
    ++unit;
  }
  char text[32];
  std::snprintf(text, sizeof text, unit == 0 ? "%.0f %s" : "%.1f %s", value, kUnits[unit]);
  return text;
}

std::string counted(std::uint64_t n, std::string_view noun) {
  return std::to_string(n) + " " + std::string(noun) + (n == 1 ? "" : "s");
}

}  // namespace wardmark
