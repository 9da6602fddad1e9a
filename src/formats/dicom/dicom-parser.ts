/**
 * The one file that imports dicom-parser: what it exports beyond its type declarations, and a bound on the work that a
 * file can ask of it.
 */
import dicomParser from "dicom-parser";

/** Stops files of millions of tiny elements, each of which costs a hundred times its bytes. Real ones have thousands. */
const MAX_READS = 2_000_000;

type Parse = (dataSet: dicomParser.DataSet, stream: BoundedStream, end?: number, options?: ParseOptions) => void;
interface ParseOptions {
  readonly untilTag: string;
}

interface Undeclared {
  readonly DataSet: new (
    parser: dicomParser.ByteArrayParser,
    bytes: Uint8Array,
    elements: Record<string, dicomParser.Element>,
  ) => dicomParser.DataSet;
  readonly littleEndianByteArrayParser: dicomParser.ByteArrayParser;
  readonly bigEndianByteArrayParser: dicomParser.ByteArrayParser;
  readonly parseDicomDataSetExplicit: Parse;
  readonly parseDicomDataSetImplicit: Parse;
  readonly readDicomElementExplicit: (stream: BoundedStream, warnings?: string[]) => dicomParser.Element;
  readonly ByteStream: typeof dicomParser.ByteStream;
}

const {
  ByteStream,
  DataSet,
  littleEndianByteArrayParser,
  bigEndianByteArrayParser,
  parseDicomDataSetExplicit,
  parseDicomDataSetImplicit,
  readDicomElementExplicit,
} = dicomParser as unknown as Undeclared;

/** A stream that reads so often and no oftener: every element takes at least two reads. */
class BoundedStream extends ByteStream {
  constructor(bytes: Uint8Array, position: number, isBigEndian: boolean) {
    super(isBigEndian ? bigEndianByteArrayParser : littleEndianByteArrayParser, bytes, position);
    const readUint16 = this.readUint16.bind(this);
    let reads = 0;
    this.readUint16 = () => {
      if (++reads > MAX_READS) throw new Error(`more than ${MAX_READS} reads`);
      return readUint16();
    };
  }
}

interface Encoding {
  readonly isImplicit: boolean;
  readonly isBigEndian: boolean;
}

/** The elements from a position up to one with the given tag, whose value is not looked at. @throws whatever dicom-parser throws */
export function parseElements(
  bytes: Uint8Array,
  start: number,
  { isImplicit, isBigEndian }: Encoding,
  untilTag: string,
): dicomParser.DataSet {
  const stream = new BoundedStream(bytes, start, isBigEndian);
  const dataSet = new DataSet(stream.byteArrayParser, bytes, {});
  const parse = isImplicit ? parseDicomDataSetImplicit : parseDicomDataSetExplicit;
  parse(dataSet, stream, bytes.length, { untilTag });
  return dataSet;
}

/** PS3.10 7.1: the elements of group 0002, explicit little endian whatever follows. @returns them and where they end */
export function parseFileMeta(bytes: Uint8Array, start: number): { meta: dicomParser.DataSet; end: number } {
  const stream = new BoundedStream(bytes, start, false);
  const meta = new DataSet(stream.byteArrayParser, bytes, {});
  while (bytes[stream.position] === 2 && bytes[stream.position + 1] === 0) {
    const element = readDicomElementExplicit(stream, []);
    meta.elements[element.tag] = element;
  }
  return { meta, end: stream.position };
}
