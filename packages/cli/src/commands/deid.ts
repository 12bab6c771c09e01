import { bool, oneOf } from 'volvox/core'
import { command } from '../command.ts'
import { path, paths } from '../kinds.ts'

export const deid = command({
  name: 'deid',
  summary: 'Take out of DICOM files who the patient is',
  details:
    'The basic profile of DICOM PS3.15, annex E, in all sequences: names, numbers, texts and private attributes go, identifiers become others that fit together, dates move by a number of days of each patient. Pixels stay as they are: pictures that are declared to show annotations are left out, and others that may show a name are told. Reports and documents are left out. Files are named anew, since their names may tell the patient too.\n\n' +
    'The same key gives the same names, identifiers and days, so that images which come later fit; without a key file a key is made and forgotten. Ends with an error (2) when a DICOM file was left out.',
  args: { files: paths.req('DICOM files, or folders of them (with all folders inside).') },
  options: {
    out: path.req('Output folder, for PATIENT/STUDY/SERIES/IMAGE.dcm.'),
    keyFile: path.opt('Holds the secret key; made where it is not there. Keep it apart from the output.', null),
    dates: oneOf('shift', 'remove').opt('Move dates into the past, or take them out.', 'shift'),
    keepCharacteristics: bool.opt('Keep age, sex, size and weight.', false),
    keepBurnedIn: bool.opt('Also write pictures that are declared to show annotations.', false),
    report: path.opt('Writes what was done into this JSON file; it names the input files.', null),
  },
  examples: [
    ['volvox deid scans --out clean', 'A folder, with a key that nobody keeps'],
    ['volvox deid scans --out clean --key-file trial.key --report report.json', 'Later images of the trial will fit'],
    ['volvox deid series/IM0001 --out clean --dates remove', 'One file, without dates'],
    ['volvox deid scans --out clean --keep-characteristics', 'Age, sex, size and weight stay'],
  ],
  async run(options, io) {
    const { startDeid } = await import('../dicom/startDeid.ts')
    startDeid(options, io)
  },
})
