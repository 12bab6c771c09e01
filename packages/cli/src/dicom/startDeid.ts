import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve, sep } from 'node:path'
import {
  DataError,
  deidentify,
  hasBurnedIn,
  leftovers,
  looksLikeDicom,
  MissingError,
  openDicom,
  OptionError,
  VolvoxError,
  type DeidentifyOptions,
} from 'volvox'
import { nodeFiles } from '@volvox/node'
import { entryAt } from '../entries.ts'
import type { Io } from '../io.ts'
import { countLine } from '../progressBar.ts'

export interface DeidRequest {
  readonly files: readonly string[]
  readonly out: string
  readonly keyFile: string | null
  readonly dates: 'shift' | 'remove'
  readonly keepCharacteristics: boolean
  readonly keepBurnedIn: boolean
  readonly report: string | null
}

interface Outcome {
  readonly file: string
  /** Where it was written, within the output folder. */
  readonly output?: string
  readonly reason?: string
  readonly warnings?: readonly string[]
}

/** De-identifies files and says what was done; fails where a DICOM file was left out. */
export function startDeid(request: DeidRequest, io: Io): void {
  const files = request.files.flatMap(filesIn)
  checkApart(request)
  const options = { key: keyOf(request.keyFile, io), dates: request.dates, keepCharacteristics: request.keepCharacteristics }
  const totals: Record<string, number> = {}
  const outcomes: Outcome[] = []
  const sources = new Map<string, string>()
  let others = 0
  files.forEach((file, i) => {
    io.progress(countLine('files', i + 1, files.length))
    const outcome = deidOne(file, request, options, totals, sources)
    if (outcome) outcomes.push(outcome)
    else others++
  })
  io.settle()
  const written = outcomes.filter(({ output }) => output !== undefined)
  const left = outcomes.filter(({ output }) => output === undefined)
  const warned = written.filter(({ warnings }) => warnings?.length)
  if (request.report !== null) writeReport(request, outcomes, totals)
  for (const { file, reason } of left) io.note(`left out: ${file}: ${reason}`)
  for (const { file, warnings } of warned.slice(0, 20)) io.note(`look at: ${file}: ${warnings?.join('; ')}`)
  if (warned.length > 20) io.note(`look at: ${warned.length - 20} more, see --report`)
  io.print(`${written.length} files written to ${request.out}`)
  for (const [fate, count] of Object.entries(totals)) io.print(`  ${fate.padEnd(12)} ${count} attributes`)
  if (others > 0) io.print(`${others} files are not DICOM and were passed over`)
  if (outcomes.length === 0) throw new MissingError('deid', `none of ${files.length} files is DICOM; give files or folders of DICOM`) // prettier-ignore
  if (left.length > 0) throw new DataError('deid', `${left.length} of ${outcomes.length} DICOM files were left out; see above`)
} // prettier-ignore

/** Null for a file that is not DICOM. */
function deidOne(
  file: string,
  request: DeidRequest,
  options: DeidentifyOptions,
  totals: Record<string, number>,
  sources: Map<string, string>,
): Outcome | null {
  try {
    if (!looksLikeDicom(nodeFiles.read(file, 256))) return null
    const opened = openDicom(nodeFiles.read(file), { name: file, inflate: nodeFiles.inflate })
    if (hasBurnedIn(opened.set) && !request.keepBurnedIn)
      return { file, reason: 'its pixels are declared to show annotations; look at it, then use --keep-burned-in' }
    const { bytes, path, counts, warnings } = deidentify(opened, options, file)
    const check = openDicom(bytes, { name: file, inflate: nodeFiles.inflate })
    const found = leftovers(check.set, opened.set)
    if (found.length > 0) return { file, reason: `${found.join(', ')} still holds the patient's name or number` }
    const same = sources.get(path)
    if (same !== undefined) return { file, reason: `it is the same object (SOPInstanceUID) as ${same}` }
    sources.set(path, file)
    nodeFiles.write(join(request.out, path), bytes)
    for (const [fate, count] of Object.entries(counts)) totals[fate] = (totals[fate] ?? 0) + count
    return { file, output: path, warnings }
  } catch (error) {
    if (!(error instanceof VolvoxError)) throw error
    return { file, reason: error.message.replace(`${file}: `, '') }
  }
}

/** A file, or all files of a folder and of those inside, by name. */
function filesIn(given: string): string[] {
  if (!entryAt(given).isDirectory()) return [given]
  return readdirSync(given, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((inside) => {
      if (inside.isDirectory()) return filesIn(join(given, inside.name))
      return inside.isFile() ? [join(given, inside.name)] : []
    })
}

/** What is written must not lie among what is read, nor the key among what is given away. */
function checkApart({ files, out, keyFile }: DeidRequest): void {
  const inside = (path: string, folder: string) => `${resolve(path)}${sep}`.startsWith(`${resolve(folder)}${sep}`)
  const among = files.find((file) => inside(out, file))
  if (among !== undefined) throw new OptionError('deid --out', `${out} lies in the input ${among}; choose a folder elsewhere`)
  if (keyFile !== null && inside(keyFile, out)) throw new OptionError('deid --key-file', `${keyFile} lies in the output folder, with which it must not be given away; keep it elsewhere`) // prettier-ignore
} // prettier-ignore

function keyOf(keyFile: string | null, io: Io): Uint8Array {
  if (keyFile === null) {
    io.note('no --key-file: the key is not kept, later images will get other names and identifiers')
    return randomBytes(32)
  }
  if (!existsSync(keyFile)) {
    writeFileSync(keyFile, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600, flag: 'wx' })
    io.note(`a new key was written to ${keyFile}`)
  }
  const text = readFileSync(keyFile, 'utf8').trim()
  if (text.length < 16) throw new OptionError('deid --key-file', `${keyFile} holds ${text.length} letters, a key needs 16 at least; delete it to have one made`) // prettier-ignore
  return new TextEncoder().encode(text)
}

function writeReport({ report, dates, keepCharacteristics }: DeidRequest, outcomes: readonly Outcome[], totals: Record<string, number>): void {
  if (report === null) return
  const facts = { profile: 'PS3.15 Basic Application Confidentiality Profile', dates, keepCharacteristics, attributes: totals, files: outcomes }
  writeFileSync(report, `${JSON.stringify(facts, null, 2)}\n`)
} // prettier-ignore
