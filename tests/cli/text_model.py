"""A small language model of words for the tests of `verify text`: counts of what followed what in the texts it is made from.

Its tokens are words with the white space before them, so that they put together are the text again.
"""
import collections
import math
import pathlib
import re

# What any model of English has read.
COMMON = ("This is a list of facts. The sun rises in the east and sets in the west. She said that it was the first time that she had been to "
          "the city. One day he went to the house of his friend and they had dinner. In the morning the little girl was very happy because "
          "it was her birthday. ")


def tokens(text):
    return re.findall(r"\s*\w+|\s*[^\w\s]|\s+$", text)


class Model:
    ORDER = 4

    def __init__(self, folder):
        self.after = [collections.defaultdict(collections.Counter) for _ in range(self.ORDER + 1)]
        texts = [COMMON] + [path.read_text() for path in sorted(pathlib.Path(folder).rglob("*.txt"))]
        for text in texts:
            words = [self.key(token) for token in tokens(text)]
            for at, word in enumerate(words):
                for order in range(min(at, self.ORDER) + 1):
                    self.after[order][tuple(words[at - order:at])][word] += 1
        self.known = len(self.after[0][()]) + 1

    @staticmethod
    def key(token):
        return token.strip() or " "

    def probability(self, before, word):
        p = 1 / (10 * self.known)
        for order in range(min(len(before), self.ORDER) + 1):
            counts = self.after[order].get(tuple(before[len(before) - order:]))
            if counts:
                total = sum(counts.values())
                p = (p + 3 * counts[word] / total) / 4
        return max(p, 1e-9)

    def scores(self, context, text):
        """ln p of each token of the whole, and the offset where it begins; the first has none."""
        all_tokens = tokens(context + text)
        keys = [self.key(token) for token in all_tokens]
        rows, at = [], 0
        for n, token in enumerate(all_tokens):
            rows.append((token, None if n == 0 else math.log(self.probability(keys[max(0, n - self.ORDER):n], keys[n])), at))
            at += len(token)
        return rows

    def own_scores(self, context, text):
        rows = self.scores(context, text)
        return [score for token, score, at in rows if at + len(token) > len(context)]

    def greedy(self, prompt, most):
        keys = [self.key(token) for token in tokens(prompt)]
        text = ""
        for _ in range(most):
            for order in range(self.ORDER, -1, -1):
                counts = self.after[order].get(tuple(keys[len(keys) - order:])) if order <= len(keys) else None
                if counts:
                    word = max(sorted(counts), key=counts.get)
                    break
            keys.append(word)
            text += word if word in ".,;:" else " " + word
        return text
