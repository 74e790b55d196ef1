#include "cli/stop_signal.h"

#include <signal.h>

namespace wardmark {
namespace {

std::atomic<bool> stop_requested{false};
static_assert(std::atomic<bool>::is_always_lock_free, "set from a signal handler");

void on_signal(int number) {
  if (!stop_requested.exchange(true)) return;
  signal(number, SIG_DFL);  // the second one ends the program as the shell expects of it
  raise(number);
}

void set_handler(void (*handler)(int)) {
  struct sigaction action = {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

}  // namespace

StopSignal::StopSignal() {
  stop_requested = false;
  set_handler(on_signal);
}

StopSignal::~StopSignal() { set_handler(SIG_DFL); }

const std::atomic<bool>& StopSignal::requested() const { return stop_requested; }

}  // namespace wardmark
