#include "cli/study_options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>

#include "cli/dataset_options.h"
#include "cli/method_options.h"
#include "core/error.h"

namespace wardmark {
namespace {

/// A switch of a study: its long option, which is its recipe entry too.
struct Switch {
  const char* name;
  bool StudyOptions::*member;
  bool value;  ///< of the member, when given
  const char* help;
};
constexpr std::array kSwitches = {
    Switch{"allow-burned-in", &StudyOptions::allow_burned_in, true, "take images with BurnedInAnnotation YES"},
    Switch{"drop-annotations", &StudyOptions::drop_annotations, true, "leave segmentations and structure sets out"},
    Switch{"drop-private", &StudyOptions::drop_private, true, "remove private attributes"},
    Switch{"no-label", &StudyOptions::label, false, "leave SeriesDescription without NOT FOR DIAGNOSIS"},
    Switch{"record-source", &StudyOptions::record_source, true,
           "name in every changed image the original it was made of"},
    Switch{"require-deidentified", &StudyOptions::require_deidentified, true,
           "refuse objects that do not say PatientIdentityRemoved YES, and by which method"},
    Switch{"skip-refused", &StudyOptions::skip_refused, true, "write a study without its refused objects"},
    Switch{"strict", &StudyOptions::strict, true, "write nothing when one object is refused"},
};

bool given(const StudyOptions& study, const Switch& row) { return study.*row.member == row.value; }

std::string value_of(const Settings& settings, std::string_view name) {
  const auto at = std::ranges::find(settings, name, &Settings::value_type::first);
  return at == settings.end() ? std::string() : at->second;
}

}  // namespace

void add_study_options(CLI::App& app, StudyOptions& study) {
  constexpr auto group = "DICOM studies";
  for (const Switch& row : kSwitches) {
    app.add_flag_callback(
           std::string("--") + row.name, [&study, &row] { study.*row.member = row.value; }, row.help)
        ->group(group);
  }
  app.add_option(
         "--carry-class", study.carried_classes,
         "carry objects of this SOP class, which would be refused; may be repeated. They may hold clean pictures")
      ->allow_extra_args(false)
      ->type_name("UID")
      ->group(group);
  app.add_option_function<std::string>(
         "--rename", [&study](const std::string&) { study.rename_uid = true; }, "uid: name files by their new UIDs")
      ->check(CLI::IsMember({"uid"}))
      ->type_name("HOW")
      ->group(group);
  app.add_option("--transfer-syntax", study.transfer_syntax,
                 "how pixels are stored: same, explicit, rle, jpeg-lossless, jpeg-ls")
      ->check(CLI::IsMember({"same", "explicit", "rle", "jpeg-lossless", "jpeg-ls"}))
      ->type_name("SYNTAX")
      ->capture_default_str()
      ->group(group);
}

Settings study_settings(const StudyOptions& study) {
  Settings settings;
  std::vector<std::string> classes = study.carried_classes;
  std::ranges::sort(classes);
  const auto twice = std::ranges::unique(classes);
  classes.erase(twice.begin(), twice.end());
  std::string list;
  for (const std::string& uid : classes) list += (list.empty() ? "" : ",") + uid;
  if (!list.empty()) settings.emplace_back("carry-class", list);
  for (const Switch& row : kSwitches) {
    if (given(study, row)) settings.emplace_back(row.name, "yes");
  }
  if (study.rename_uid) settings.emplace_back("rename", "uid");
  if (study.transfer_syntax != "same") settings.emplace_back("transfer-syntax", study.transfer_syntax);
  return settings;
}

StudyOptions study_options(const Settings& output, const MethodInfo& method) {
  StudyOptions study;
  for (const Switch& row : kSwitches) {
    if (!value_of(output, row.name).empty()) study.*row.member = row.value;
  }
  study.carried_classes = split_list(value_of(output, "carry-class"));
  study.rename_uid = !value_of(output, "rename").empty();
  if (const std::string syntax = value_of(output, "transfer-syntax"); !syntax.empty()) study.transfer_syntax = syntax;
  study.budget = budget_of(output, method);
  study.additive = method.effect == Effect::additive;
  // The method's own share of the full range is no bound that was asked for.
  const std::string epsilon = value_of(output, "epsilon");
  if (epsilon.empty() || parse_clinical("--epsilon", epsilon)) study.budget.epsilon.reset();
  return study;
}

void check_study_options(const DatasetFormat& format, const Settings& output, const MethodInfo& method) {
  const Budget budget = budget_of(output, method);
  if (format.name != "dicom") {
    const Settings asked = study_settings(study_options(output, method));
    if (!asked.empty()) {
      throw Error(Code::usage, "--" + asked.front().first + ": the input is no DICOM study", "leave it out");
    }
    if (!budget.clinical.empty()) {
      throw Error(Code::parameter, "a bound in HU, window or stored steps: the input is no DICOM study",
                  "--epsilon 8/255 or --max-change STEPS");
    }
    return;
  }
  if (!value_of(output, "output-format").empty()) {
    throw Error(Code::usage, "--output-format: a DICOM study stays DICOM", "leave it out");
  }
  if (method.effect == Effect::transform && !budget.max_change && budget.clinical.empty()) {
    throw Error(Code::parameter,
                "--max-change: method '" + std::string(method.name) + "' has no bound of its own, a study needs one",
                "for example --max-change 20HU for CT, --max-change 3%window for other images");
  }
}

}  // namespace wardmark
