import base64
import tempfile
import unittest
from pathlib import Path

from training.fixtures import TEXTS, data_folder, png
from training.tsv import BrokenRows, Pairs, read_data


class TsvTest(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = Path(temporary.name)

    def write(self, name, *lines):
        (self.folder / name).write_text("".join(line + "\n" for line in lines))
        return self.folder / name

    def test_the_files_of_the_product_are_read(self):
        train, validation = read_data(data_folder(self.folder / "data"))
        self.assertEqual((len(train), len(validation), train.labels), (10, 10, TEXTS))
        self.assertEqual(train.truths[:4], [0, 1, 2, 0])
        self.assertEqual(train.picture(7).size, (50, 47))
        self.assertEqual(train.picture(2).size, (50, 42))

    def test_one_file_has_texts_as_they_are_and_pictures_by_path_or_data_url(self):
        (self.folder / "a.png").write_bytes(base64.b64decode(png(3)))
        path = self.write("all.tsv", "a\ta.png\tone text", f"b\tdata:image/png;base64,{png(5)}\tanother")
        pairs, validation = read_data(path)
        self.assertIsNone(validation)
        self.assertEqual((pairs.labels, pairs.truths), (["one text", "another"], [0, 1]))
        self.assertEqual([pairs.picture(i).size for i in range(2)], [(50, 43), (50, 45)])

    def test_windows_line_ends_and_a_last_line_without_one_are_read(self):
        path = self.folder / "all.tsv"
        path.write_bytes(f"a\t{png()}\tone\r\nb\t{png()}\ttwo".encode())
        self.assertEqual(Pairs(path).labels, ["one", "two"])

    def test_every_broken_row_is_named_by_its_line(self):
        picture = png()
        text = base64.b64encode(b"no picture").decode()
        rows = {
            "a\tonly two": "2 columns",
            f"b\t{picture}\tfine": None,
            "c\t***\ttext": "base64",
            "d\tmissing.png\ttext": "missing.png",
            f"e\t{picture}\t": "no text",
            f"f\t{picture}\t{{}}": "no class_name",
            f"g\t{text}\ttext": "identify",
        }
        with self.assertRaises(BrokenRows) as caught:
            Pairs(self.write("all.tsv", *rows))
        for line, reason in enumerate(rows.values(), 1):
            named = rf"all.tsv, line {line}: .*{reason}" if reason else r"(?s)\A(?!.*line 2:)"
            self.assertRegex(str(caught.exception), named)

    def test_many_broken_rows_are_counted(self):
        with self.assertRaisesRegex(BrokenRows, "line 10: .*\nand 15 more"):
            Pairs(self.write("all.tsv", *["x"] * 25))

    def test_pictures_and_texts_must_belong_together(self):
        images = self.write("i.tsv", f"a\t{png()}", f"b\t{png()}")
        with self.assertRaisesRegex(BrokenRows, "i.tsv and t.tsv, line 2: the picture is named 'b', the text 'c'"):
            Pairs(images, self.write("t.tsv", "a\tone", "c\ttwo"))
        with self.assertRaisesRegex(BrokenRows, "line 2: only one of the files"):
            Pairs(images, self.write("t.tsv", "a\tone"))

    def test_a_text_must_stand_where_its_class_id_says(self):
        path = self.write("all.tsv", f'a\t{png()}\t{{"class_id": 1, "class_name": "one"}}')
        with self.assertRaisesRegex(BrokenRows, "line 1: class_id 1 is not 'one'"):
            Pairs(path, None, ["one", "two"])
        with self.assertRaisesRegex(BrokenRows, "line 1: 'one' is not in the label file"):
            Pairs(self.write("b.tsv", f"a\t{png()}\tone"), None, ["two"])

    def test_a_picture_that_ends_too_early_is_named_when_it_is_drawn(self):
        half = base64.b64encode(base64.b64decode(png(1))[:400]).decode()
        pairs = Pairs(self.write("all.tsv", f"a\t{half}\ttext"))
        with self.assertRaisesRegex(ValueError, "all.tsv, line 1: "):
            pairs.picture(0)


if __name__ == "__main__":
    unittest.main()
