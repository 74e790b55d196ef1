// method-tool METHOD KEY SLOT ID WIDTH HEIGHT CHANNELS BITS [NAME=VALUE ...] < samples > samples
// What a method makes of a picture under the pool key whose first byte is KEY, the rest 0; as stored samples, so that
// another program can follow.
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <span>
#include <string>

#include "perturb/apply.h"
#include "tests/perturb/pictures.h"

using namespace wardmark;

int main(int argc, char** argv) {
  const std::span<char*> args(argv, static_cast<std::size_t>(argc));
  if (args.size() < 9) return 2;
  PrepareInput input = testing::two_classes(static_cast<std::uint8_t>(std::atoi(args[2])));
  for (const std::string text : args.subspan(9)) {
    const std::size_t equals = text.find('=');
    input.parameters.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  const ItemContext item{args[4], 0, 0, static_cast<std::uint32_t>(std::atoi(args[3]))};
  Image image(std::atoi(args[5]), std::atoi(args[6]), std::atoi(args[7]), std::atoi(args[8]));
  std::cin.read(reinterpret_cast<char*>(image.raw().data()), static_cast<std::streamsize>(image.raw().size()));
  const Applied applied = apply(image, *find_method(args[1]).prepare(input), item);
  std::cout.write(reinterpret_cast<const char*>(applied.image.raw().data()),
                  static_cast<std::streamsize>(applied.image.raw().size()));
  return std::cin && std::cout ? 0 : 4;
}
