/** What can be known of extracted files, which have no checksum: is this the published split? */
import { requestError } from '../base/errors.js';
import { type CifarFile, type CifarFormat, cifarImageBytes, type RecordTarget } from './cifar.js';

/** Training records first, then those of the test file. */
type Records = RecordTarget & { readonly trainExamples: number };

/**
 * The published files have every class equally often; a test file that was made of training records has not. Files of
 * another length are the user's own: of them only a test file that begins as the training file is refused.
 * @throws a request error where the files are not those that were published
 */
export function checkPublished(format: CifarFormat, records: Records, where: string): void {
  const { labels, trainExamples } = records;
  const refused = (what: string, rule: string, value: string) =>
    requestError({
      what,
      where,
      rule,
      value,
      advice: `fetch ${format.archive.file} again from ${format.archive.address}, and extract it anew`,
    });
  if (beginsAsTraining(records)) {
    const names = namesOf(format.test);
    throw refused(
      `${names} holds records of the training file`,
      'other images than those of training',
      'the same first records',
    );
  }
  const parts = [
    { files: format.train, part: labels.subarray(0, trainExamples) },
    { files: format.test, part: labels.subarray(trainExamples) },
  ];
  for (const { files, part } of parts) {
    if (part.length !== files.reduce((sum, { published }) => sum + published, 0)) continue;
    const { least, most, classes } = frequencies(part);
    if (least === most) continue;
    const rule = `every class equally often: ${part.length / classes} of each`;
    throw refused(
      `the records of ${namesOf(files)} are not the published ones`,
      rule,
      `${least} to ${most} of each`,
    );
  }
}

const namesOf = (files: readonly CifarFile[]) =>
  files.length === 1 ? files[0].name : `${files[0].name} to ${files[files.length - 1].name}`;

function frequencies(labels: Uint8Array): { least: number; most: number; classes: number } {
  const counts = new Map<number, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  let [least, most] = [labels.length, 0];
  for (const count of counts.values()) {
    least = Math.min(least, count);
    most = Math.max(most, count);
  }
  return { least, most, classes: counts.size };
}

/** Whether the first images of both files are the same ones: three by chance happens in no data worth training on. */
function beginsAsTraining({ pixels, labels, trainExamples }: Records): boolean {
  const images = Math.min(3, trainExamples, labels.length - trainExamples);
  const bytes = images * cifarImageBytes;
  const test = trainExamples * cifarImageBytes;
  for (let i = 0; i < bytes; i++) if (pixels[i] !== pixels[test + i]) return false;
  return images > 0;
}
