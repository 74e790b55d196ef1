#include "cli/http_api.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "core/error.h"

namespace wardmark {
namespace {

using nlohmann::json;

[[noreturn]] void refuse(const std::string& what) { throw Error(Code::suspect_reply, "server: " + what); }

const json& member(const json& object, const char* name) {
  const auto at = object.is_object() ? object.find(name) : object.end();
  if (!object.is_object() || at == object.end() || at->is_null())
    refuse("its reply has no \"" + std::string(name) + "\"");
  return *at;
}

std::string text_member(const json& object, const char* name) {
  const json& value = member(object, name);
  if (!value.is_string()) refuse("\"" + std::string(name) + "\" is no text");
  return value.get<std::string>();
}

/// The first and only choice of an OpenAI-like reply.
const json& choice_of(const json& reply) {
  const json& choices = member(reply, "choices");
  if (!choices.is_array() || choices.size() != 1) refuse("it made another number of choices than one");
  const json& choice = choices.front();
  if (choice.is_object() && choice.value("finish_reason", json()) == "content_filter")
    refuse("a filter kept the answer back");
  return choice;
}

ToldToken told(const json& text, const json& score) {
  if (!text.is_string())
    refuse("it tells no texts of tokens, so that the sentence can't be told from what is before it");
  if (!score.is_null() && !score.is_number()) refuse("a log-probability is no number: " + score.dump().substr(0, 40));
  return {text.get<std::string>(), score.is_null() ? 0 : score.get<double>(), !score.is_null()};
}

// OpenAI's completions, and what many others offer under that name.

json completions_body(const std::string& model, const std::string& prompt, unsigned tokens) {
  json body{{"prompt", prompt},      {"max_tokens", tokens},   {"temperature", 0}, {"top_p", 1},   {"n", 1},
            {"presence_penalty", 0}, {"frequency_penalty", 0}, {"stream", false},  {"echo", false}};
  if (!model.empty()) body["model"] = model;
  return body;
}

std::string completions_text(const json& reply, const std::string&) { return text_member(choice_of(reply), "text"); }

json completions_score_body(const std::string& model, const std::string& prompt) {
  json body = completions_body(model, prompt, 1);
  body["echo"] = true;
  body["logprobs"] = 1;
  return body;
}

std::vector<double> completions_scores(const json& reply, const TextItem& item) {
  const json& choice = choice_of(reply);
  const json& logprobs = member(choice, "logprobs");
  if (logprobs.is_object() && logprobs.contains("content"))
    refuse("its log-probabilities have the shape of chat: they are of generated tokens, not of the prompt");
  if (!text_member(choice, "text").starts_with(item.context + item.text))
    refuse("it did not echo the prompt, so its log-probabilities are of generated tokens");
  const json& tokens = member(logprobs, "tokens");
  const json& scores = member(logprobs, "token_logprobs");
  if (!tokens.is_array() || !scores.is_array() || tokens.size() != scores.size())
    refuse("tokens and their log-probabilities are not as many");
  std::vector<ToldToken> all;
  for (std::size_t t = 0; t < tokens.size(); ++t) all.push_back(told(tokens[t], scores[t]));
  return scores_within(all, item);
}

// OpenAI's chat.

json chat_body(const std::string& model, const std::string& prompt, unsigned tokens) {
  json body{{"messages",
             {{{"role", "user"},
               {"content",
                "Continue this text exactly where it stops, as it goes on in the original. Reply with the "
                "continuation alone.\n\n" +
                    prompt}}}},
            {"max_tokens", tokens},
            {"temperature", 0},
            {"top_p", 1},
            {"n", 1},
            {"presence_penalty", 0},
            {"frequency_penalty", 0},
            {"stream", false}};
  if (!model.empty()) body["model"] = model;
  return body;
}

std::string chat_text(const json& reply, const std::string& prompt) {
  std::string text = text_member(member(choice_of(reply), "message"), "content");
  if (const std::size_t end = text.find("</think>"); text.starts_with("<think>")) {
    if (end == std::string::npos) refuse("it spent all tokens on thinking");
    text.erase(0, end + 8);
  }
  const std::size_t begin = text.find_first_not_of(" \r\n\t");
  if (begin != std::string::npos && std::string_view(text).substr(begin).starts_with(prompt))
    text.erase(0, begin + prompt.size());
  return text;
}

// vLLM: completions with the log-probability of each token of the prompt.

json vllm_body(const std::string& model, const std::string& prompt, unsigned tokens) {
  json body = completions_body(model, prompt, tokens);
  body["repetition_penalty"] = 1;
  body["top_k"] = -1;
  body["min_p"] = 0;
  return body;
}

json vllm_score_body(const std::string& model, const std::string& prompt) {
  json body = vllm_body(model, prompt, 1);
  body["prompt_logprobs"] = 0;
  body["return_token_ids"] = true;
  return body;
}

/// The entry of the prompt's own token: the only one, or that of its id.
const json& own_entry(const json& entries, const json& ids, std::size_t t) {
  if (!entries.is_object() || entries.empty()) refuse("a token of the prompt has no log-probability");
  if (entries.size() == 1) return *entries.begin();
  if (!ids.is_array() || t >= ids.size()) refuse("it tells several tokens for one place and not which the prompt's is");
  const auto at = entries.find(ids[t].dump());
  if (at == entries.end()) refuse("the prompt's own token is not among those it tells");
  return *at;
}

std::vector<double> vllm_scores(const json& reply, const TextItem& item) {
  const json& choice = choice_of(reply);
  const json& places = choice.contains("prompt_logprobs") && !choice["prompt_logprobs"].is_null()
                           ? choice["prompt_logprobs"]
                           : member(reply, "prompt_logprobs");
  const json ids = choice.value("prompt_token_ids", reply.value("prompt_token_ids", json()));
  if (!places.is_array() || places.size() < 2) refuse("it tells no log-probabilities of the prompt");
  std::vector<ToldToken> all;
  // The first token has none, not even its text: what the others leave of the prompt is its.
  std::string rest;
  for (std::size_t t = 1; t < places.size(); ++t) {
    const json& entry = own_entry(places[t], ids, t);
    all.push_back(told(member(entry, "decoded_token"), member(entry, "logprob")));
    rest += all.back().text;
  }
  const std::string prompt = item.context + item.text;
  if (!places.front().is_null()) refuse("the first token of the prompt has a log-probability: given what?");
  // One token stands before these already, untold: what more there is than the prompt, spaces aside, came twice.
  if (rest.ends_with(prompt) && rest.find_first_not_of(' ') < rest.size() - prompt.size())
    refuse("the tokens it tells are not those of the text that was to be scored: two stand before it");
  if (rest.size() <= prompt.size() && prompt.ends_with(rest))
    all.insert(all.begin(), {prompt.substr(0, prompt.size() - rest.size()), 0, false});
  return scores_within(all, item);
}

// SGLang's own.

json sglang_body(const std::string&, const std::string& prompt, unsigned tokens) {
  return {{"text", prompt},
          {"sampling_params",
           {{"max_new_tokens", tokens},
            {"temperature", 0},
            {"top_p", 1},
            {"presence_penalty", 0},
            {"frequency_penalty", 0},
            {"repetition_penalty", 1}}},
          {"stream", false}};
}

std::string sglang_text(const json& reply, const std::string&) { return text_member(reply, "text"); }

json sglang_score_body(const std::string& model, const std::string& prompt) {
  json body = sglang_body(model, prompt, 1);
  body["return_logprob"] = true;
  body["logprob_start_len"] = 0;
  body["return_text_in_logprobs"] = true;
  return body;
}

std::vector<double> sglang_scores(const json& reply, const TextItem& item) {
  const json& rows = member(member(reply, "meta_info"), "input_token_logprobs");
  if (!rows.is_array() || rows.empty()) refuse("it tells no log-probabilities of the prompt");
  std::vector<ToldToken> all;
  for (const json& row : rows) {
    if (!row.is_array() || row.size() < 3) refuse("a token is not told as [log-probability, id, text]");
    all.push_back(told(row[2], row[0]));
  }
  return scores_within(all, item);
}

// Text generation inference.

json tgi_body(const std::string&, const std::string& prompt, unsigned tokens) {
  return {{"inputs", prompt},
          {"parameters",
           {{"max_new_tokens", tokens}, {"do_sample", false}, {"return_full_text", false}, {"details", true}}},
          {"stream", false}};
}

/// The reply itself, or the only one of a list.
const json& tgi_reply(const json& reply) {
  if (!reply.is_array()) return reply;
  if (reply.size() != 1) refuse("it made another number of answers than one");
  return reply.front();
}

std::string tgi_text(const json& reply, const std::string&) { return text_member(tgi_reply(reply), "generated_text"); }

json tgi_score_body(const std::string& model, const std::string& prompt) {
  json body = tgi_body(model, prompt, 1);
  body["parameters"]["decoder_input_details"] = true;
  return body;
}

std::vector<double> tgi_scores(const json& reply, const TextItem& item) {
  const json& prefill = member(member(tgi_reply(reply), "details"), "prefill");
  if (!prefill.is_array() || prefill.empty())
    refuse("it tells no log-probabilities of the prompt; TGI must be started with --enable-prefill-logprobs");
  std::vector<ToldToken> all;
  for (const json& token : prefill) all.push_back(told(member(token, "text"), token.value("logprob", json())));
  return scores_within(all, item);
}

// llama.cpp's own, and Ollama: neither tells log-probabilities of a given text.

json llama_body(const std::string&, const std::string& prompt, unsigned tokens) {
  return {{"prompt", prompt},      {"n_predict", tokens},   {"temperature", 0},       {"top_k", 1},
          {"repeat_penalty", 1},   {"presence_penalty", 0}, {"frequency_penalty", 0}, {"dry_multiplier", 0},
          {"cache_prompt", false}, {"stream", false}};
}

std::string llama_text(const json& reply, const std::string&) { return text_member(reply, "content"); }

json ollama_body(const std::string& model, const std::string& prompt, unsigned tokens) {
  return {{"model", model},
          {"prompt", prompt},
          {"raw", true},
          {"stream", false},
          {"options",
           {{"num_predict", tokens},
            {"temperature", 0},
            {"top_k", 1},
            {"seed", 0},
            {"repeat_penalty", 1},
            {"presence_penalty", 0},
            {"frequency_penalty", 0}}}};
}

std::string ollama_text(const json& reply, const std::string&) {
  if (reply.value("done", json()) != true) refuse("it sends its answer in parts, though asked not to");
  return text_member(reply, "response");
}

constexpr std::string_view kCompletions = "/v1/completions";

constexpr std::array kApis{
    TextApi{"openai-completions", kCompletions, kCompletions, completions_body, completions_text,
            completions_score_body, completions_scores},
    TextApi{"openai-chat", "/v1/chat/completions", "", chat_body, chat_text},
    TextApi{"llama.cpp", "/completion", "", llama_body, llama_text},
    TextApi{"ollama", "/api/generate", "", ollama_body, ollama_text},
    TextApi{"vllm", kCompletions, kCompletions, vllm_body, completions_text, vllm_score_body, vllm_scores},
    TextApi{"sglang", "/generate", "/generate", sglang_body, sglang_text, sglang_score_body, sglang_scores},
    TextApi{"tgi", "/generate", "/generate", tgi_body, tgi_text, tgi_score_body, tgi_scores},
};

}  // namespace

std::span<const TextApi> text_apis() { return kApis; }

const TextApi* find_text_api(std::string_view name) {
  const auto at = std::ranges::find(kApis, name, &TextApi::name);
  return at == kApis.end() ? nullptr : &*at;
}

std::vector<double> scores_within(const std::vector<ToldToken>& told, const TextItem& item) {
  const std::string prompt = item.context + item.text;
  const auto follows = [&](std::size_t from) {
    std::string text;
    for (std::size_t t = from; t < told.size() && text.size() < prompt.size(); ++t) text += told[t].text;
    return text.starts_with(prompt);
  };
  // SentencePiece servers leave out the space that their tokenizer puts first, or tell it.
  std::size_t first = 0;
  while (first < told.size() && first < 3 && !follows(first)) ++first;
  const bool found = first < told.size() && follows(first);
  if (found && first >= 2 && told[0].text == told[1].text)
    refuse("it puts the token '" + told[0].text + "' before the prompt twice");
  if (!found || first > 1) refuse("the tokens it tells are not those of the text that was to be scored");
  std::vector<double> scores;
  std::size_t at = 0;
  for (std::size_t t = first; t < told.size() && at < prompt.size(); ++t) {
    at += told[t].text.size();
    if (at <= item.context.size()) continue;
    if (told[t].text.empty()) continue;
    if (!told[t].scored) refuse("a token of the sentence has no log-probability (null)");
    scores.push_back(told[t].score);
  }
  if (scores.empty()) refuse("no token of the sentence has a log-probability");
  return scores;
}

}  // namespace wardmark
