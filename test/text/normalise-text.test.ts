import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { normaliseText } from "../../src/text/normalise-text.ts";

const gives = (expected: Record<string, string>) => {
  for (const [text, normalised] of Object.entries(expected))
    assert.equal(normaliseText(text), normalised, JSON.stringify(text));
};

test("white space is collapsed and stripped, letters are lowered", () => {
  gives({ "  Left \t\n LUNG\u3000\u00a0": "left lung", "": "", " \r\n ": "", "ΣΊΣΥΦΟΣ İ": "σίσυφος i̇" });
});

test("HTML entities are decoded until a < shows markup, and on the lines after it", () => {
  gives({
    "&eacute;&EACUTE;&#233;&#xE9;": "éééé",
    "&SZLIG;&Zcaron;&ZDOT;&alpha;&hellip;&lpar;": "ssžżα…(",
    "&amp;lt; &AMP;": "< &",
    "<b>&eacute;": "<b>&eacute;",
    "&eacute;\n<b>\n&eacute;": "é <b> &eacute;",
    "&eacute &nosuchname; &#; &#x; &#12a; &#59;": "&eacute &nosuchname; &#; &#x; &#12a; &#59;",
    "&#0;&#xd800;&#x110000;": "\ufffd\ufffd\ufffd",
    "&#150;&#x85;&#27;[1m": "–…[1m",
  });
});

test("UTF-8 read as Windows-1252 or Latin-1 is repaired, through several layers", () => {
  gives({
    "schÃ¶n": "schön",
    "itâ€™s â€œquotedâ€\u009d": 'it\'s "quoted"',
    "ÃƒÂ©tude": "étude",
    "Ð¿ÐµÑ‡ÐµÐ½ÑŒ": "печень",
    "ðŸ©»": "🩻",
    "â€œlostâ€\ufffd": '"lost\ufffd',
    "☃ cafÃ© É»": "☃ café é»",
  });
});

test("letters and punctuation that merely could be UTF-8 stay", () => {
  gives({ "CAFÉ…": "café…", "ÉTÉ»": "été»", "Ü“ Â 5°": 'ü" â 5°', naïve: "naïve", "5 ±2": "5 ±2" });
});

test("C1 controls mean what Windows-1252 has in their place", () => {
  gives({ "\u0093x\u0094 \u0085": '"x" …', "\u0081": "\u0081" });
});

test("ligatures, widths, quotes, line ends, escapes and controls are made plain", () => {
  gives({
    "ﬁﬂﬃﬅﬆ Ǆ ŉ": "fiflffiſtst dž 'n",
    "ＣＴ　１ ｶﾞ": "ct 1 ガ",
    "‘a’ “b” „c": '\'a\' "b" "c',
    "a\rb\u2028c\u0085d": "a b c…d",
    "\u001b[31;1mred\u001b[0m \u001b]x": "red ]x",
    "\ufeffa\0b\u007fc\u206ad\ufffce": "abcde",
    "e\u0301": "é",
    "\ud800x": "\ufffdx",
  });
});

test("nested entities and mojibake without end stop being unwrapped", () => {
  assert.equal(normaliseText(`&${"amp;".repeat(3)}lt;`), "<");
  assert.equal(normaliseText(`&${"amp;".repeat(1000)}lt;`), `&${"amp;".repeat(1000 - 16)}lt;`);
  assert.ok(normaliseText(`${"Â".repeat(1000)}©`).startsWith("ââ"));
});

test("letters and marks are composed, and at most 100 marks on a letter put in order", () => {
  gives({ "a\u0301\u0323": "ạ\u0301", "\u1112\u1161\u11ab": "한", "\u0301x": "\u0301x" });
  const marks = (count: number) => `b${"\u0301".repeat(count - 1)}\u0323`;
  assert.equal(normaliseText(marks(100)), marks(100).normalize("NFC"));
  assert.equal(normaliseText(marks(101)), marks(101));
});

test("printable ASCII without an ampersand is only lowered and its spaces collapsed", () => {
  const printable = fc.string({ unit: "grapheme-ascii" }).filter((text) => !text.includes("&"));
  fc.assert(fc.property(printable, (text) => normaliseText(text) === text.replace(/ +/g, " ").trim().toLowerCase()));
});

test("a normalised text of letters, marks and spaces is normalised", () => {
  const letters = fc.string({ unit: fc.constantFrom(..." aZéÉßøñłŁﬁ中ｱカاд\u0301\u0327\u00a0\u3000\r\n'‘“") });
  fc.assert(fc.property(letters, (text) => normaliseText(normaliseText(text)) === normaliseText(text)));
});
