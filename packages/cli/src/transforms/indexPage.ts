import { firstSentence } from '../docs/sources.ts'
import { table } from '../docs/markdown.ts'
import type { Family } from './families.ts'

/** Titles of the parts of the index, by the folder of the sources, in MONAI's order. */
const titles: Readonly<Record<string, string>> = {
  '': 'Composition and markers',
  croppad: 'Crop and pad',
  intensity: 'Intensity',
  io: 'Files',
  post: 'Post-processing',
  regularization: 'Regularization',
  signal: 'Signal',
  smoothField: 'Smooth field',
  spatial: 'Spatial',
  utility: 'Utility',
  boxes: 'Boxes (detection)',
  'apps/auto3dseg': 'Auto3DSeg',
  'apps/deepedit': 'DeepEdit',
  'apps/deepgrow': 'Deepgrow',
  'apps/nuclick': 'NuClick',
  'apps/pathology': 'Pathology',
  'apps/reconstruction': 'Reconstruction',
  'apps/vista3d': 'VISTA3D',
}

/** The page that lists all pages, by groups. */
export function indexPage(shown: readonly { readonly family: Family; readonly picture: string | null }[]): string {
  const groups = Object.entries(titles).map(([folder, title]) => ({
    title,
    members: shown.filter(({ family }) => family.folder === folder),
  }))
  return [
    '# Transforms, one by one',
    '',
    'Made by `npm run docs` from the code. A page shows what a transform does to a real scan, its forms, options, errors, and how it is',
    'used from TypeScript and from a config. How transforms are put together is in [transforms.md](../transforms.md), what MONAI has',
    'beside them in [parity.md](../parity.md).',
    '',
    groups.map(({ title }) => `[${title}](#${anchorOf(title)})`).join(' · '),
    '',
    ...groups.flatMap(({ title, members }) => [
      `## ${title}`,
      '',
      ...table(
        ['', 'transform', ''],
        members.map(({ family: { name, about }, picture }) => [
          picture ? `<img src="${picture}" height="64" alt="">` : '',
          `[${name}](${name}.md)`,
          firstSentence(about),
        ]),
      ),
      '',
    ]),
    'The pictures are made from a scan of the Medical Segmentation Decathlon ([CC BY-SA 4.0](../../examples/data/hippocampus/LICENSE)) and',
    'are under the same licence; those of stained tissue are from BBBC038v1 ([CC0](../../examples/data/nuclei/LICENSE)).',
    '',
  ].join('\n')
}

/** What GitHub calls a heading in an address. */
function anchorOf(title: string): string {
  return title
    .toLowerCase()
    .replaceAll(/[^a-z0-9 -]/g, '')
    .replaceAll(' ', '-')
}
