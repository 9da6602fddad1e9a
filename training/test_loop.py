import math
import tempfile
import unittest
from pathlib import Path

import torch

from training.loop import follow, learning_rate, restore, save

SETTINGS = {"steps": 100, "learning_rate": 2.0, "warmup_steps": 10, "decay_share": 0.5, "final_share": 0.01}


class LoopTest(unittest.TestCase):
    def test_the_rate_warms_up_stays_and_falls_along_a_cosine(self):
        rates = [learning_rate(step, SETTINGS) for step in range(100)]
        self.assertAlmostEqual(rates[0], 0.2)
        self.assertEqual(set(rates[9:50]), {2.0})
        self.assertAlmostEqual(rates[75], 2 * (0.01 + 0.99 * 0.5))
        self.assertTrue(all(a > b for a, b in zip(rates[51:], rates[52:])))
        self.assertAlmostEqual(learning_rate(100, SETTINGS), 0.02)

    def test_fine_tuning_falls_from_the_start_to_the_published_end(self):
        settings = {**SETTINGS, "learning_rate": 5e-6, "warmup_steps": 5, "decay_share": 1.0, "final_share": 0.0002}
        self.assertAlmostEqual(learning_rate(50, settings), 5e-6 * (0.0002 + 0.9998 * (1 + math.cos(math.pi / 2)) / 2))
        self.assertAlmostEqual(learning_rate(100, settings), 1e-9)

    def test_the_average_follows_by_one_minus_decay(self):
        average, model = torch.nn.Linear(2, 2), torch.nn.Linear(2, 2)
        expected = [0.9 * a + 0.1 * b for a, b in zip(average.parameters(), model.parameters())]
        follow(average, model, 0.9)
        for got, wanted in zip(average.parameters(), expected):
            torch.testing.assert_close(got, wanted)

    def test_a_save_that_fails_leaves_the_last_checkpoint_whole(self):
        with tempfile.TemporaryDirectory() as folder:
            path, model = Path(folder) / "checkpoint.pt", torch.nn.Linear(2, 2)
            save(path, {"model": model}, {"step": 1})
            with self.assertRaises(Exception):
                save(path, {"model": model}, {"step": 2, "unpicklable": lambda: 0})
            self.assertEqual(restore(path, {"model": model}), {"step": 1})


if __name__ == "__main__":
    unittest.main()
