// An ONNX network as a suspect, through OpenCV: opencv_suspect MODEL.onnx CLASSES.txt SIZE
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <opencv2/dnn.hpp>
#include <string>
#include <vector>

using nlohmann::json;

namespace {

std::vector<std::string> lines_of(const char* path) {
  std::ifstream file(path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

std::vector<int> classify(cv::dnn::Net& net, const json& asked, int size) {
  std::ifstream file(asked.at("file").get<std::string>(), std::ios::binary);
  std::vector<int> labels;
  cv::Mat picture(size, size, CV_8UC3);
  for (int n = 0; n < asked.at("count").get<int>(); ++n) {
    file.read(reinterpret_cast<char*>(picture.data), static_cast<std::streamsize>(picture.total() * 3));
    if (!file) throw std::runtime_error("the file is shorter than it should be");
    // What the model was trained on: change scale, mean and order of the channels here.
    net.setInput(cv::dnn::blobFromImage(picture, 1.0 / 255));
    const cv::Mat scores = net.forward().reshape(1, 1);
    cv::Point best;
    cv::minMaxLoc(scores, nullptr, nullptr, nullptr, &best);
    labels.push_back(best.x);
  }
  return labels;
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 4) {
    std::cerr << "opencv_suspect MODEL.onnx CLASSES.txt SIZE\n";
    return 2;
  }
  cv::dnn::Net net = cv::dnn::readNetFromONNX(argv[1]);
  const std::vector<std::string> classes = lines_of(argv[2]);
  const int size = std::atoi(argv[3]);
  for (std::string line; std::getline(std::cin, line);) {
    const json asked = json::parse(line);
    if (asked.at("wardmark") == "hello") {
      std::cout << json{{"wardmark", "hello"}, {"version", 1},  {"name", argv[1]},  {"height", size},
                        {"width", size},       {"channels", 3}, {"labels", classes}}
                << std::endl;
    } else if (asked.at("wardmark") == "classify") {
      std::cout << json{{"wardmark", "answers"}, {"id", asked.at("id")}, {"labels", classify(net, asked, size)}}
                << std::endl;
    } else {
      break;
    }
  }
  return 0;
} catch (const std::exception& error) {
  std::cout << json{{"wardmark", "error"}, {"text", error.what()}} << std::endl;
  return 4;
}
