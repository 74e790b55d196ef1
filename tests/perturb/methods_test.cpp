#include <doctest/doctest.h>

#include <string>

#include "core/budget.h"
#include "core/error.h"
#include "perturb/apply.h"
#include "perturb/method.h"
#include "pictures.h"

using namespace wardmark;

namespace {

template <class F>
std::pair<std::string, std::string> refusal(Code code, F call) {
  try {
    call();
  } catch (const Error& error) {
    CHECK(error.code() == code);
    return {error.what(), error.hint()};
  }
  FAIL("nothing was thrown");
  return {};
}

void prepare_cuda(Parameters parameters) {
  find_method("cuda").prepare(testing::two_classes(1, std::move(parameters)));
}

}  // namespace

TEST_CASE("find_method") {
  CHECK(find_method("cuda").name == "cuda");
  CHECK(find_method("none").effect == Effect::none);
  CHECK(refusal(Code::method_missing, [] { find_method("cdua"); }) ==
        std::pair<std::string, std::string>("unknown method: cdua", "did you mean cuda?"));
  CHECK(refusal(Code::method_missing, [] { find_method("completely-else"); }).second ==
        "choose one of: best cuda lsp ar field em salm pil none");
  CHECK(refusal(Code::method_missing, [] { find_method("bets"); }).second ==
        "choose one of: best cuda lsp ar field em salm pil none");
  CHECK(refusal(Code::method_missing, [] { find_method("bes"); }).second == "did you mean best?");
  CHECK(refusal(Code::method_missing, [] { find_method(""); }).first == "no method was named");
}

TEST_CASE("parameters of cuda are checked with flag, value and range") {
  const auto text = [](Parameters p) { return refusal(Code::parameter, [&] { prepare_cuda(p); }).first; };
  CHECK(text({{"kernel", "4"}}) == "--kernel: not an odd number from 3 to 31: 4");
  CHECK(text({{"kernel", "33"}}) == "--kernel: not an odd number from 3 to 31: 33");
  CHECK(text({{"kernel", "3x"}}) == "--kernel: not an odd number from 3 to 31: 3x");
  CHECK(text({{"p-b", "0"}}) == "--p-b: not a number above 0 and up to 1: 0");
  CHECK(text({{"p-b", "nan"}}) == "--p-b: not a number above 0 and up to 1: nan");
  CHECK(text({{"fraction", "1.5"}}) == "--fraction: not a number above 0 and up to 1: 1.5");
  CHECK(text({{"train-size", "7"}}) == "--train-size: not auto or a number from 8 to 1024: 7");
  CHECK(text({{"variant", "x"}}) == "--variant: not dc or paper: x");
  CHECK(text({{"compat-seed", "0"}}) == "--compat-seed: needs --variant paper, not dc");
  CHECK(text({{"compat-seed", "4294967296"}, {"variant", "paper"}}) ==
        "--compat-seed: not a number from 0 to 4294967295: 4294967296");
  CHECK(text({{"train-size", "64"}, {"variant", "paper"}}) == "--train-size: has no meaning with --variant paper: 64");
  CHECK(text({{"kernels", "3"}}) == "--kernels: not a parameter of cuda");
  prepare_cuda({{"fraction", "0.5"}, {"kernel", "31"}, {"p-b", "1"}, {"train-size", "auto"}, {"variant", "dc"}});
}

TEST_CASE("every declared parameter has help and default") {
  for (const MethodInfo& method : methods()) {
    CHECK_FALSE(method.summary.empty());
    for (const ParameterInfo& info : method.parameters) {
      CHECK_FALSE(info.help.empty());
      CHECK_FALSE(info.default_text.empty());
    }
  }
}

TEST_CASE("only a release from the key is verifiable") {
  const MethodInfo& cuda = find_method("cuda");
  CHECK(cuda.prepare(testing::two_classes())->verifiable());
  CHECK(cuda.prepare(testing::two_classes(1, {{"variant", "paper"}}))->verifiable());
  CHECK_FALSE(cuda.prepare(testing::two_classes(1, {{"compat-seed", "0"}, {"variant", "paper"}}))->verifiable());
  CHECK_FALSE(find_method("none").prepare(testing::two_classes())->verifiable());
}

TEST_CASE("budgets") {
  CHECK(parse_epsilon("8/255") * 255 == doctest::Approx(8));
  CHECK(parse_epsilon("0.03") == 0.03);
  CHECK(parse_epsilon("1") == 1.0);
  for (const char* bad : {"", "0", "-0.1", "1.01", "8/", "/255", "8/0", "8/-3", "a", "nan", "inf", "8/255x"}) {
    CAPTURE(bad);
    CHECK_THROWS_AS(parse_epsilon(bad), Error);
  }
  CHECK(parse_max_change("12") == 12);
  for (const char* bad : {"", "-1", "65536", "1.5", "x"}) CHECK_THROWS_AS(parse_max_change(bad), Error);
  CHECK(Budget{}.steps(255) == 255);
  CHECK(Budget{parse_epsilon("8/255"), {}, {}}.steps(255) == 8);
  CHECK(Budget{parse_epsilon("8/255"), {}, {}}.steps(65535) == 2056);
  for (int k = 1; k <= 255; ++k) {
    const double epsilon = parse_epsilon(std::to_string(k) + "/255");
    CHECK(Budget{epsilon, {}, {}}.steps(255) == k);
    CHECK(Budget{epsilon, {}, {}}.steps(65535) == 257 * k);
    CHECK(Budget{parse_epsilon(std::to_string(k) + "/65535"), {}, {}}.steps(65535) == k);
  }
  CHECK(Budget{0.03, {}, {}}.steps(255) == 7);
  CHECK(Budget{0.03, 5, {}}.steps(255) == 5);
  CHECK(Budget{{}, 0, {}}.steps(255) == 0);
  CHECK(refusal(Code::parameter, [] {
          check_budget({0.1, {}, {}}, find_method("cuda"));
        }).first == "--epsilon: not for cuda, which adds no noise");
  check_budget({{}, 3, {}}, find_method("cuda"));
}
