#!/usr/bin/env python3
"""scripts/check_layers.py on small trees, clean and with one planted fault each."""
import contextlib
import io
import os
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
sys.path.insert(0, os.path.join(ROOT, "scripts"))
import check_layers  # noqa: E402

CLEAN = {
    "core/key.h": "#include <string>\n",
    "core/key.cpp": "#include <sodium.h>\n#include <boost/math/distributions/beta.hpp>\n#include \"core/key.h\"\n",
    "io/codec.h": '#include "core/key.h"\n',
    "io/resize.cpp": '#include <opencv2/imgproc.hpp>\n#include "io/codec.h"\n',
    "medical/study.h": '#include <dcmtk/dcmdata/dctk.h>\n#include "io/codec.h"\n',
    "text_markers/place.cpp": '#include "io/codec.h"\n',
    "perturb/method.h": '#include "io/codec.h"\n',
    "perturb/fitted/em.cpp": '#include <torch/torch.h>\n#include "perturb/method.h"\n#include "models/net.h"\n',
    "verify/rank.cpp": '#include "perturb/method.h"\n#include "text_markers/place.h"\n',
    "models/net.h": '#include <torch/torch.h>\n#include "core/key.h"\n',
    "models/onnx.cpp": '#include <opencv2/dnn.hpp>\n',
    "evaluate/meter.cpp": '#include "models/net.h"\n',
    "cli/main.cpp": '#include <CLI/CLI.hpp>\n#include "verify/rank.h"\n#include "evaluate/meter.h"\n',
    "tests/core/key_test.cpp": '#include "cli/main.h"\n#include <sodium.h>\n',
    "samples/main.cpp": '#include "io/codec.h"\n',
}


def faults(**changed):
    """Faults of the clean tree with some files replaced or added ('core__x_h' stands for core/x.h)."""
    files = dict(CLEAN)
    files.update({name.replace("__", "/").replace("_h", ".h").replace("_cpp", ".cpp"): text
                  for name, text in changed.items()})
    with tempfile.TemporaryDirectory() as root:
        for name, text in files.items():
            path = os.path.join(root, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
        return check_layers.check(root)[0]


class CheckLayers(unittest.TestCase):
    def refuse(self, name, text, line, words):
        found = faults(**{name: text})
        self.assertEqual(len(found), 1, found)
        path, number, what = found[0]
        self.assertEqual((path.replace("/", "__").replace(".", "_"), number), (name, line))
        self.assertIn(words, what)

    def test_clean_tree(self):
        self.assertEqual(faults(), [])

    def test_lower_layers_do_not_include_upper_ones(self):
        self.refuse("core__x_h", '#include <string>\n#include "io/codec.h"\n', 2, "core may not include io")
        self.refuse("io__x_cpp", '#include "perturb/method.h"\n', 1, "io may not include perturb")
        self.refuse("medical__x_cpp", '#include "perturb/method.h"\n', 1, "medical may not include perturb")
        self.refuse("models__x_cpp", '#include "io/codec.h"\n', 1, "models may not include io")
        self.refuse("evaluate__x_cpp", '#include "perturb/method.h"\n', 1, "evaluate may not include perturb")
        self.refuse("verify__x_cpp", '#include "cli/main.h"\n', 1, "verify may not include cli")
        self.refuse("perturb__x_cpp", '#include "perturb/fitted/em.h"\n', 1, "may not include perturb/fitted")
        self.refuse("perturb__fitted__x_cpp", '#include "io/codec.h"\n', 1, "perturb/fitted may not include io")

    def test_angle_brackets_and_spacing_hide_nothing(self):
        self.refuse("core__x_h", "  #  include <io/codec.h>\n", 1, "core may not include io")

    def test_comments_are_not_includes(self):
        self.assertEqual(faults(core__x_h='// #include "io/codec.h"\n'), [])

    def test_products_do_not_include_tests_or_samples(self):
        self.refuse("cli__x_cpp", '#include "samples/main.cpp"\n', 1, "cli may not include samples")

    def test_paths_are_written_from_the_root(self):
        self.refuse("core__x_cpp", '#include "key.h"\n', 1, "write core/key.h")
        self.refuse("core__x_cpp", '#include "../io/codec.h"\n', 1, "write io/codec.h")

    def test_libraries_stay_in_their_folders(self):
        self.refuse("io__x_cpp", "#include <sodium.h>\n", 1, "sodium belongs in core")
        self.refuse("io__x_cpp", "#include <sodium/utils.h>\n", 1, "sodium belongs in core")
        self.refuse("verify__x_cpp", "#include <boost/math/distributions.hpp>\n", 1, "boost/math belongs in core")
        self.refuse("core__x_cpp", "#include <boost/asio.hpp>\n", 1, "boost is not used here")
        self.refuse("io__x_cpp", "#include <CLI/CLI.hpp>\n", 1, "CLI belongs in cli")
        self.refuse("perturb__x_cpp", "#include <spdlog/spdlog.h>\n", 1, "spdlog belongs in cli")
        self.refuse("perturb__x_cpp", "#include <torch/torch.h>\n", 1, "torch belongs in")
        self.refuse("cli__x_cpp", "#include <dcmtk/dcmdata/dctk.h>\n", 1, "dcmtk belongs in medical")
        self.refuse("verify__x_cpp", "#include <opencv2/core.hpp>\n", 1, "opencv2/core belongs in")
        self.refuse("io__x_cpp", "#include <opencv2/imgcodecs.hpp>\n", 1, "opencv2 is not used here")
        self.refuse("perturb__x_cpp", "#include <opencv2/dnn.hpp>\n", 1, "opencv2/dnn belongs in models")

    def test_opencv_stays_out_of_headers(self):
        self.refuse("io__x_h", "#include <opencv2/core.hpp>\n", 1, "not in a header")

    def test_a_tree_without_sources_is_no_success(self):
        with tempfile.TemporaryDirectory() as root, contextlib.redirect_stderr(io.StringIO()) as text:
            self.assertEqual(check_layers.main([root]), 2)
        self.assertIn("no source found", text.getvalue())


if __name__ == "__main__":
    unittest.main()
