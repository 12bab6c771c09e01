import type { Encoding } from './dataSet.ts'

/** What compresses the pixels, if anything does. */
export type Compression = 'none' | 'rle' | 'jpeg' | 'jpegLs' | 'jpeg2000' | 'htj2k'

export interface TransferSyntax extends Encoding {
  readonly uid: string
  readonly name: string
  readonly compression: Compression
  /** The whole data set is a raw DEFLATE stream. */
  readonly deflated?: boolean
}

const explicitLittle = { explicit: true, littleEndian: true }
const compressed = (uid: string, name: string, compression: Compression): TransferSyntax => ({
  uid: `1.2.840.10008.1.2.${uid}`,
  name,
  compression,
  ...explicitLittle,
})

export const implicitLittleEndian: TransferSyntax = {
  uid: '1.2.840.10008.1.2',
  name: 'Implicit VR Little Endian',
  compression: 'none',
  explicit: false,
  littleEndian: true,
}
export const explicitLittleEndian = compressed('1', 'Explicit VR Little Endian', 'none')
export const explicitBigEndian: TransferSyntax = {
  ...compressed('2', 'Explicit VR Big Endian', 'none'),
  littleEndian: false,
}

/** What can be read (PS3.5, annex A; the names are those of PS3.6). */
export const transferSyntaxes: readonly TransferSyntax[] = [
  implicitLittleEndian,
  explicitLittleEndian,
  { ...compressed('1.99', 'Deflated Explicit VR Little Endian', 'none'), deflated: true },
  explicitBigEndian,
  {
    ...explicitLittleEndian,
    uid: '1.2.840.10008.1.2.1.98',
    name: 'Encapsulated Uncompressed Explicit VR Little Endian',
  },
  compressed('4.50', 'JPEG Baseline (Process 1)', 'jpeg'),
  compressed('4.51', 'JPEG Extended (Process 2 and 4)', 'jpeg'),
  compressed('4.53', 'JPEG Spectral Selection (retired)', 'jpeg'),
  compressed('4.55', 'JPEG Full Progression (retired)', 'jpeg'),
  compressed('4.57', 'JPEG Lossless (Process 14)', 'jpeg'),
  compressed('4.70', 'JPEG Lossless, First-Order Prediction', 'jpeg'),
  compressed('4.80', 'JPEG-LS Lossless', 'jpegLs'),
  compressed('4.81', 'JPEG-LS Near-Lossless', 'jpegLs'),
  compressed('4.90', 'JPEG 2000 Lossless', 'jpeg2000'),
  compressed('4.91', 'JPEG 2000', 'jpeg2000'),
  compressed('4.92', 'JPEG 2000 Part 2 Lossless', 'jpeg2000'),
  compressed('4.93', 'JPEG 2000 Part 2', 'jpeg2000'),
  compressed('4.201', 'High-Throughput JPEG 2000 Lossless', 'htj2k'),
  compressed('4.202', 'High-Throughput JPEG 2000 with RPCL, Lossless', 'htj2k'),
  compressed('4.203', 'High-Throughput JPEG 2000', 'htj2k'),
  compressed('5', 'RLE Lossless', 'rle'),
]
