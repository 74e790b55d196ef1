#include "cli/run.h"

int main(int argc, char** argv) { return wardmark::run(argc, argv, wardmark::Program::wardmark_nn); }
