import { MedembedError } from "../errors.ts";
import { BytePairEncoder } from "./byte-pair-encoder.ts";
import { normaliseText } from "./normalise-text.ts";
import { END_OF_TEXT, parseMerges, parseVocabulary, START_OF_TEXT } from "./vocabulary.ts";

/** UTF-16 units. Far beyond the longest report, of which 77 tokens are read anyway; bounds the work of one call. */
const MAX_TEXT_LENGTH = 65_536;

/** The special tokens, as they stand in a text before anything is done to it. */
const SPECIAL_TOKENS = /(<\|startoftext\|>|<\|endoftext\|>)/;

/**
 * What counts as a word of a normalised text: a special token (one that was in capitals, or in HTML entities), an English
 * contraction, a run of letters, one digit, or a run of anything else. ſ is a lower-case s to the reference's regex.
 */
const WORDS = /<\|startoftext\|>|<\|endoftext\|>|'[sſ]|'t|'re|'ve|'m|'ll|'d|\p{L}+|\p{N}|[^\s\p{L}\p{N}]+/gu;

/**
 * The CLIP tokenizer of MedImageInsight: the ids of Hugging Face's slow `CLIPTokenizer` with ftfy 6.2.3 installed, but for
 * the rare repairs that `fix-text.ts` leaves out.
 */
export class Tokenizer {
  readonly vocabularySize: number;
  readonly startOfText: number;
  /** Ends each encoded text; also the padding and the unknown token. */
  readonly endOfText: number;
  readonly #contextLength: number;
  readonly #encoder: BytePairEncoder;
  readonly #specials: ReadonlyMap<string, number>;

  private constructor(vocabulary: ReadonlyMap<string, number>, encoder: BytePairEncoder, contextLength: number) {
    this.vocabularySize = vocabulary.size;
    this.startOfText = vocabulary.get(START_OF_TEXT)!;
    this.endOfText = vocabulary.get(END_OF_TEXT)!;
    this.#contextLength = contextLength;
    this.#encoder = encoder;
    this.#specials = new Map([
      [START_OF_TEXT, this.startOfText],
      [END_OF_TEXT, this.endOfText],
    ]);
  }

  /**
   * @param vocabJson the contents of `vocab.json` @param mergesTxt the contents of `merges.txt`
   * @param contextLength the most ids that a text may give, the first and the last included
   * @throws MedembedError "invalid-vocabulary"; "invalid-config" for a context length without room for both ends
   */
  static parse(vocabJson: string, mergesTxt: string, contextLength: number): Tokenizer {
    if (!Number.isInteger(contextLength) || contextLength < 2) {
      throw new MedembedError("invalid-config", `context length is ${contextLength}, needed an integer of at least 2`);
    }
    const vocabulary = parseVocabulary(vocabJson);
    const encoder = new BytePairEncoder(vocabulary, parseMerges(mergesTxt, vocabulary));
    return new Tokenizer(vocabulary, encoder, contextLength);
  }

  /**
   * The ids of a text: start, the first `contextLength - 2` ids of its content, end. Not padded.
   * A special token written out in the text becomes its id, as in the reference; an end token moves the pooling point.
   * @throws MedembedError "invalid-text" for a text of more than 65,536 UTF-16 units
   */
  encode(text: string): number[] {
    if (text.length > MAX_TEXT_LENGTH) {
      throw new MedembedError(
        "invalid-text",
        `text has ${text.length} characters, at most ${MAX_TEXT_LENGTH} are accepted`,
      );
    }
    const room = this.#contextLength - 2;
    const content: number[] = [];
    for (const word of this.#words(text)) {
      if (content.length >= room) break;
      const special = this.#specials.get(word);
      for (const id of special === undefined ? this.#encoder.encode(word) : [special]) content.push(id);
    }
    return [this.startOfText, ...content.slice(0, room), this.endOfText];
  }

  /** Special tokens are cut out first and the texts between them normalised one by one: that is the reference's order. */
  *#words(text: string): Generator<string> {
    for (const part of text.split(SPECIAL_TOKENS)) {
      for (const [word] of normaliseText(part).matchAll(WORDS)) yield word;
    }
  }
}
