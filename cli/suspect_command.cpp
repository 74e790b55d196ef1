#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>

#include "cli/command.h"
#include "cli/suspect_source.h"
#include "cli/text_suspect.h"
#include "cli/training_options.h"
#include "core/error.h"
#include "io/atomic_file.h"
#include "io/item_id.h"
#include "models/image_model.h"
#include "verify/sandbox.h"
#include "verify/suspect_protocol.h"

namespace wardmark {
namespace {

namespace fs = std::filesystem;

struct SuspectArgs {
  std::string model;
  ForeignModel foreign;
  std::string classes, confine, tokenizer;
  TrainingArgs compute;
};

ModelFile read_model(const std::string& model) {
  ModelFile file{shown(model), read_file(model), {}};
  fs::path description = model;
  description.replace_extension(".json");
  if (model.ends_with(".safetensors")) file.description = read_file(description);
  return file;
}

/// What the caller says of a model whose file does not.
ModelInterface interface_of(const SuspectArgs& args, const ModelFile& file, const ImageModelKind& kind) {
  ModelInterface interface;
  if (kind.says_all) return interface;
  if (args.foreign.size.empty()) {
    throw Error(
        Code::usage, file.name + ": a " + std::string(kind.name) + " file does not say the size of its pictures",
        "--size N or WxH, and where they differ from the defaults --channels, --normalise, --outputs, --classes");
  }
  const PictureSize size = parse_size(args.foreign.size);
  interface.width = size.width;
  interface.height = size.height;
  interface.channels = args.foreign.channels;
  set_normalisation(args.foreign.normalise, interface);
  interface.probabilities = args.foreign.outputs == "probabilities";
  interface.classes = label_lines(args.classes);
  return interface;
}

/// `opened`: folders that are still to be read.
void lock_up(const SuspectArgs& args, const std::vector<fs::path>& opened, Console& console) {
  if (args.confine.empty()) return;
  std::vector<fs::path> readable = {args.confine};
  readable.insert(readable.end(), opened.begin(), opened.end());
  const Confinement done = confine(readable, args.compute.device != "cpu");
  if (!done.files) console.warn("this kernel has no Landlock: the model's files are not locked up");
  if (!done.syscalls) console.warn("this kernel has no seccomp: the model's system calls are not locked up");
}

std::string answer(ImageModel& model, const SuspectRequest& request) {
  const Bytes pictures = read_file(request.file);
  const torch::Tensor scores = model.scores(pictures, static_cast<std::int64_t>(request.count)).contiguous();
  if (request.kind == SuspectRequest::Kind::score) {
    return scores_reply(request.id, {scores.data_ptr<float>(), scores.data_ptr<float>() + scores.numel()},
                        model.interface().classes.size());
  }
  const torch::Tensor best = scores.argmax(1).to(torch::kInt).contiguous();
  return answers_reply(request.id, {best.data_ptr<std::int32_t>(), best.data_ptr<std::int32_t>() + best.numel()});
}

/// A language model. Its numbers are compared with each other, so they are fp32 unless another precision is asked for.
ExitStatus serve_language(const SuspectArgs& args, Console& console) {
  const TextCheckpoint checkpoint = text_checkpoint(args.model, args.tokenizer);
  lock_up(args, checkpoint.locations, console);
  TrainingArgs chosen = args.compute;
  if (chosen.precision == "auto") chosen.precision = "fp32";
  const Compute compute = start_compute(chosen);
  const auto model = open_text_model(checkpoint.folder, checkpoint.checkpoint, compute);
  return serve_text(*model, shown(args.model), console);
}

/// One line, one answer, until bye or the end.
ExitStatus serve(const SuspectArgs& args, Console& console) {
  if (names_text_model(args.model)) return serve_language(args, console);
  const ModelFile file = read_model(args.model);
  const ImageModelKind& kind = image_model_kind(file);
  const ModelInterface interface = interface_of(args, file, kind);
  // From here on the model may be anybody's program; and no thread has been started yet.
  lock_up(args, {}, console);
  const Compute compute = start_compute(args.compute);
  const std::unique_ptr<ImageModel> model = kind.open(file, interface, compute);
  const ModelInterface& known = model->interface();
  const SuspectHello hello{args.model, known.height, known.width, known.channels, known.classes, 512, true};
  for (std::string line; std::getline(std::cin, line);) {
    std::string reply;
    try {
      const SuspectRequest request = parse_request(line);
      if (request.kind == SuspectRequest::Kind::bye) break;
      reply = request.kind == SuspectRequest::Kind::hello ? hello_reply(hello) : answer(*model, request);
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
  app.add_option(
         "model", args->model,
         "weights that `wardmark train` wrote, a TorchScript module, or an ONNX network; or a language model: a "
         "folder of Hugging Face (GPT-2, Llama), or a .bin of llama2.c")
      ->required()
      ->type_name("MODEL");
  add_foreign_options(app, "", args->foreign);
  app.add_option("--classes", args->classes, "of TorchScript and ONNX: file with the names of the outputs, one a line")
      ->type_name("FILE");
  app.add_option("--tokenizer", args->tokenizer,
                 "of a .bin of llama2.c: its vocabulary (default: tokenizer.bin or tokN.bin beside it)")
      ->check(CLI::ExistingFile)
      ->type_name("FILE");
  app.add_option("--confine", args->confine,
                 "read files below this folder only, write none, start nothing, before the model is opened")
      ->check(CLI::ExistingDirectory)
      ->type_name("DIR");
  app.add_option("--device", args->compute.device, "where to compute: auto, cpu or gpu")
      ->check(CLI::IsMember({"auto", "cpu", "gpu"}))
      ->capture_default_str();
  app.add_option("--precision", args->compute.precision, "auto, fp32 or bf16 (auto: of language models fp32)")
      ->check(CLI::IsMember({"auto", "fp32", "bf16"}))
      ->capture_default_str();
  app.add_option("-j,--jobs", args->compute.jobs, "threads (default: all allowed cores)")->check(CLI::Range(1, 4096));
  action = [args](Console& console) { return serve(*args, console); };
}

}  // namespace wardmark
