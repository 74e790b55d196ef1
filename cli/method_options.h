#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/budget.h"
#include "core/plan.h"
#include "io/dataset_format.h"
#include "perturb/method.h"

namespace CLI {
class App;
}

namespace wardmark {

/// Method, its parameters and the budget as typed. Parameters are options made from the rows of the method table.
struct MethodArgs {
  std::string method;
  std::string strength;                           ///< of `best`; empty: not given
  std::map<std::string, std::string> parameters;  ///< given ones only
  std::string epsilon;
  std::string max_change;
};

void add_method_options(CLI::App& app, MethodArgs& args);
/// Puts in place of `best` what it stands for; parameters that were typed win. Error(parameter) for a strength that is
/// unknown, or of another method.
void resolve_preset(MethodArgs& args);
/// The chosen method. Error(method_missing) when none was named: there is no default until one is invisible enough.
const MethodInfo& chosen_method(const MethodArgs& args);
/// The given parameters; Error(parameter) for one that the method does not have.
Parameters chosen_parameters(const MethodArgs& args, const MethodInfo& method);
/// The recipe entries of the loop: epsilon, max-change, output-format, splits, those of a study, as given.
Settings output_settings(const MethodArgs& args, const std::string& output_format, const std::string& splits,
                         const StudyOptions& study = {});
/// The budget those settings hold. Error(parameter).
Budget budget_of(const Settings& output, const MethodInfo& method);
/// The method prepared for a plan under a drawn key and assignment; a fitted one with its fit, where there is one.
std::unique_ptr<Protector> prepare_method(const Plan& plan, const MethodInfo& method, const Subkey& pool_key,
                                          const std::vector<std::uint32_t>& slots,
                                          std::shared_ptr<const FitState> fit = nullptr);
/// Lets the method refuse parameters that do not fit, before a plan is written: Error(parameter).
void check_parameters(const Plan& plan, const MethodInfo& method);

}  // namespace wardmark
