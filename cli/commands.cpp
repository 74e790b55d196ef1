#include <array>

#include "cli/command.h"

namespace wardmark {

void declare_keygen(CLI::App& app, Action& action);
void declare_plan(CLI::App& app, Action& action);
void declare_protect(CLI::App& app, Action& action);
void declare_mark(CLI::App& app, Action& action);
void declare_verify_release(CLI::App& app, Action& action);
void declare_verify_images(CLI::App& app, Action& action);
void declare_verify_query(CLI::App& app, Action& action);
void declare_verify_blind(CLI::App& app, Action& action);
void declare_verify_bundle(CLI::App& app, Action& action);
void declare_verify_calibrate(CLI::App& app, Action& action);
void declare_verify_calibrate_text(CLI::App& app, Action& action);
void declare_verify_text(CLI::App& app, Action& action);
void declare_verify_corpus(CLI::App& app, Action& action);
void declare_inspect(CLI::App& app, Action& action);
void declare_manifest_merge(CLI::App& app, Action& action);
void declare_manifest_check(CLI::App& app, Action& action);
void declare_manifest_redact(CLI::App& app, Action& action);
void declare_commit(CLI::App& app, Action& action);
void declare_evaluate(CLI::App& app, Action& action);
void declare_evaluate_text(CLI::App& app, Action& action);
void declare_train(CLI::App& app, Action& action);
void declare_train_text(CLI::App& app, Action& action);
void declare_suspect(CLI::App& app, Action& action);
void declare_methods(CLI::App& app, Action& action);
void declare_doctor(CLI::App& app, Action& action);
void declare_version(CLI::App& app, Action& action);

namespace {

constexpr std::array kCommands{
    CommandInfo{"keygen", "make an owner's key, or derive the key of one release", declare_keygen},
    CommandInfo{"plan", "read a data set once and fix everything about a release before its draw", declare_plan},
    CommandInfo{"protect", "write a protected copy of a data set, with a private record beside it", declare_protect},
    CommandInfo{"mark", "put keyed ghost sentences into texts, with a private record beside them", declare_mark},
    CommandInfo{"verify release", "check the files of a release against its record", declare_verify_release},
    CommandInfo{"verify images", "test whether an image model depends on a release, with an exact p-value",
                declare_verify_images},
    CommandInfo{"verify text", "test whether a language model depends on marked texts, with an exact p-value",
                declare_verify_text},
    CommandInfo{"verify query", "ask a suspect what such a test needs to know, without the draw", declare_verify_query},
    CommandInfo{"verify blind", "ask a suspect for an owner, without knowing the draw", declare_verify_blind},
    CommandInfo{"verify bundle", "recompute a verdict from the evidence that was disclosed", declare_verify_bundle},
    CommandInfo{"verify calibrate", "test innocent models with fresh keys: does `verify images` leave them alone?",
                declare_verify_calibrate},
    CommandInfo{"verify calibrate-text", "the same of language models and `verify text`",
                declare_verify_calibrate_text},
    CommandInfo{"verify corpus", "look through a corpus for the sentences of a release", declare_verify_corpus},
    CommandInfo{"inspect", "say what a file, data set, plan or record holds and what protect would do with it",
                declare_inspect},
    CommandInfo{"manifest merge", "join the manifests of shards into one", declare_manifest_merge},
    CommandInfo{"manifest check", "check a record's seal, root hash and completeness", declare_manifest_check},
    CommandInfo{"manifest redact", "strike items from plan and record; root, seals and commitments stay",
                declare_manifest_redact},
    CommandInfo{"commit", "print the digests of a plan or record, to be time-stamped", declare_commit},
    CommandInfo{"evaluate", "train networks on a protected set and measure what they learn", declare_evaluate, true},
    CommandInfo{"evaluate text", "train language models on marked texts: how often must a sentence stand there?",
                declare_evaluate_text, true},
    CommandInfo{"train", "train one network on a data set", declare_train, true},
    CommandInfo{"train-text", "train one language model on a corpus", declare_train_text, true},
    CommandInfo{"suspect", "answer questions about an image or language model in files", declare_suspect, true},
    CommandInfo{"methods", "list the methods and their parameters, or tell all about one", declare_methods},
    CommandInfo{"doctor", "say what of wardmark is installed and how this machine and a folder will do",
                declare_doctor},
    CommandInfo{"version", "print the version", declare_version},
};

}  // namespace

std::span<const CommandInfo> commands() { return kCommands; }

}  // namespace wardmark
