"""Tab-separated tables of figures in docs/data: a line of names, then a line a row."""
import os


def read(path):
    """Rows as dictionaries; none where there is no file."""
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8") as file:
        names = file.readline().rstrip("\n").split("\t")
        return [dict(zip(names, line.rstrip("\n").split("\t"))) for line in file if line.strip()]


def write(path, columns, rows):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path + ".part", "w", encoding="utf-8") as file:
        file.write("\t".join(columns) + "\n")
        for row in rows:
            file.write("\t".join(str(row[name]) for name in columns) + "\n")
    os.replace(path + ".part", path)
