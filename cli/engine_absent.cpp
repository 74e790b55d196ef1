#include "cli/app.h"

namespace wardmark {
namespace {

/// wardmark-nn declares what these commands take: nothing is looked at here.
void hand_on(CLI::App& app) {
  app.allow_extras();
  app.prefix_command();
}

}  // namespace

void declare_evaluate(CLI::App& app, Action&) { hand_on(app); }
void declare_evaluate_text(CLI::App& app, Action&) { hand_on(app); }
void declare_train(CLI::App& app, Action&) { hand_on(app); }
void declare_train_text(CLI::App& app, Action&) { hand_on(app); }
void declare_suspect(CLI::App& app, Action&) { hand_on(app); }

}  // namespace wardmark
