#include <CLI/CLI.hpp>
#include <iostream>

#include "cli/command.h"
#include "cli/training_options.h"
#include "core/error.h"
#include "io/atomic_file.h"
#include "io/item_id.h"
#include "models/classifier_file.h"
#include "models/prediction.h"
#include "verify/suspect_protocol.h"

namespace wardmark {
namespace {

namespace fs = std::filesystem;

struct SuspectArgs {
  std::string model;
  TrainingArgs compute;
};

LoadedClassifier load(const std::string& model, const Compute& compute) {
  const fs::path weights = model;
  fs::path description = weights;
  description.replace_extension(".json");
  return load_classifier(read_file(weights), read_file(description), compute);
}

/// Logits of the pictures that a request names.
torch::Tensor outputs(const LoadedClassifier& loaded, const SuspectRequest& request, const Compute& compute) {
  PixelSet set;
  set.height = loaded.info.height;
  set.width = loaded.info.width;
  set.channels = loaded.info.channels;
  set.classes = loaded.info.classes;
  set.samples = read_file(request.file);
  set.labels.assign(request.count, 0);
  if (set.samples.size() != request.count * set.item_samples())
    throw Error(Code::suspect_reply, shown(request.file) + ": not " + std::to_string(request.count) + " pictures");
  return predict(loaded.model, set, compute);
}

std::string answer(const LoadedClassifier& loaded, const SuspectRequest& request, const Compute& compute) {
  const torch::Tensor logits = outputs(loaded, request, compute);
  if (request.kind == SuspectRequest::Kind::classify) {
    const torch::Tensor best = logits.argmax(1).to(torch::kInt).contiguous();
    return answers_reply(request.id, {best.data_ptr<std::int32_t>(), best.data_ptr<std::int32_t>() + best.numel()});
  }
  const torch::Tensor scores = torch::log_softmax(logits.to(torch::kFloat), 1).contiguous();
  return scores_reply(request.id, {scores.data_ptr<float>(), scores.data_ptr<float>() + scores.numel()},
                      loaded.info.classes.size());
}

/// One line, one answer, until bye or the end.
ExitStatus serve(const SuspectArgs& args, Console& console) {
  const Compute compute = start_compute(args.compute);
  const LoadedClassifier loaded = load(args.model, compute);
  const SuspectHello hello{
      args.model, loaded.info.height, loaded.info.width, loaded.info.channels, loaded.info.classes, 512, true};
  for (std::string line; std::getline(std::cin, line);) {
    std::string reply;
    try {
      const SuspectRequest request = parse_request(line);
      if (request.kind == SuspectRequest::Kind::bye) break;
      reply = request.kind == SuspectRequest::Kind::hello ? hello_reply(hello) : answer(loaded, request, compute);
    } catch (const Error& error) {
      reply = error_reply(error.what());
    }
    console.result(reply);
    console.flush_result();
  }
  return ExitStatus::ok;
}

}  // namespace

void declare_suspect(CLI::App& app, Action& action) {
  auto args = std::make_shared<SuspectArgs>();
  app.add_option("model", args->model, "weights that `wardmark train` wrote; the .json file lies beside them")
      ->required()
      ->type_name("MODEL.safetensors");
  app.add_option("--device", args->compute.device, "where to compute: auto, cpu or gpu")
      ->check(CLI::IsMember({"auto", "cpu", "gpu"}))
      ->capture_default_str();
  app.add_option("--precision", args->compute.precision, "auto, fp32 or bf16")
      ->check(CLI::IsMember({"auto", "fp32", "bf16"}))
      ->capture_default_str();
  app.add_option("-j,--jobs", args->compute.jobs, "threads (default: all allowed cores)")->check(CLI::Range(1, 4096));
  action = [args](Console& console) { return serve(*args, console); };
}

}  // namespace wardmark
