/** Where bundles are, and how large a picture may be. */
export interface Options {
  /** The folder of bundles with its index.json; by default `bundles/` beside this module. */
  bundles?: URL | string;
  /**
   * Refuse a file that declares more pixels; 2 ** 26 unless told. Of a pack those count that are decoded: of a block, and
   * of the pictures that are asked for.
   */
  maxPixels?: number;
}

/** Options of what takes some time. */
export interface DecodeOptions extends Options {
  /** Called with the share of the work that is done, 0 to 1, from within the work. */
  progress?: (share: number) => void;
}

/** A decoded picture. */
export interface Picture {
  width: number;
  height: number;
  /** Samples of a pixel: 1 grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha. */
  channels: 1 | 2 | 3 | 4;
  /** Bits of a sample of the PNG file. */
  depth: 8 | 16;
  /** height * width * channels samples, row by row; where they have 16 bits, the upper 8. */
  pixels: Uint8Array;
  /** The same as a PNG file, with colour space, density and EXIF of the file. */
  png: Uint8Array;
}

/** What a file says of itself, as Python's `latentcodec.info` has it. */
export interface Info {
  format: "ltc" | "ltcp";
  version: number;
  /** The model id, 8 hexadecimal digits. */
  model: string;
  /** The bundle's name, null if it is not in the folder of bundles. */
  bundle: string | null;
  width: number;
  height: number;
  grey: boolean;
  quantiser: "max" | "min_max" | "vector" | "vector_shared" | "gained" | "lossless" | "planes";
  quality?: number;
  bits?: number;
  planes?: number;
  depth?: number;
  entropy: "adaptive" | "static" | "context";
  /** Bytes by part; `total` is the file's length. */
  bytes: Record<string, number>;
  /** Bits of the file per pixel. */
  bpp: number;
  /** Side of a tile in pixels, 0 if there are none, null if the bundle is unknown; of a .ltc file. */
  tile?: number | null;
  alpha?: boolean;
  icc?: boolean;
  exif?: boolean;
  xmp?: boolean;
  iptc?: boolean;
  text?: boolean;
  dpi?: boolean;
  cicp?: boolean;
  gamma?: boolean;
  chromaticity?: boolean;
  importance?: boolean;
  /** Pictures of a .ltcp file, pictures in a block of it, and their names if it has any. */
  count?: number;
  block?: number;
  names?: string[] | null;
}

/**
 * What a .ltc or .ltcp file says of itself; nothing is decoded. All functions throw an Error whose `name` is that of the
 * Python package's exception, such as "FormatError" or "ChecksumError", and whose message is one sentence.
 */
export function info(data: Uint8Array, options?: Options): Promise<Info>;

/** The picture of a .ltc file. It computes where it is called: in a page, call it in a worker. */
export function decode(data: Uint8Array, options?: DecodeOptions): Promise<Picture>;

/** Pictures of a .ltcp file: those of these numbers in this order, or all. */
export function decodePack(data: Uint8Array, options?: DecodeOptions & { numbers?: Iterable<number> }): Promise<Picture[]>;

/** The symbols of a file in the order (N, C, h, w), before any network. */
export function symbols(data: Uint8Array, options?: Options): Promise<Int16Array>;
