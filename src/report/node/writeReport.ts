/** The report as files: report.html, report.md, figures/*.svg, tables/*.csv. */

import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import type { Analysis } from '../../analysis/analyse.js';
import { workError } from '../../base/errors.js';
import { makeDocument } from '../../figures/node/document.js';
import type { StudyRecords } from '../../store/records.js';
import { buildReport, type Report, type ReportExtras } from '../buildReport.js';

export interface WrittenReport {
  /** Paths of the files and of their directory. */
  readonly html: string;
  readonly markdown: string;
  readonly directory: string;
}

/**
 * Writes the report into `report/` of the study's directory: aside first, then in place of the one before it.
 * @throws a work error where the directory cannot be written
 */
export async function writeReport(analysis: Analysis, extras: ReportExtras = {}): Promise<WrittenReport> {
  const { records } = analysis;
  const notes = extras.notes ?? readNotes(records);
  const report = buildReport(analysis, await makeDocument(), {
    ...extras,
    ...(notes === null ? {} : { notes }),
  });
  const directory = join(records.directory, 'report');
  const aside = join(records.directory, `.report-${process.pid}`);
  try {
    rmSync(aside, { recursive: true, force: true });
    writeFiles(aside, report);
    replace(directory, aside);
  } catch (cause) {
    rmSync(aside, { recursive: true, force: true });
    throw workError({
      what: 'the report could not be written',
      where: directory,
      advice: 'check the space and the permissions of the directory, then run `ceteris report` again',
      cause,
    });
  }
  return { html: join(directory, 'report.html'), markdown: join(directory, 'report.md'), directory };
}

function writeFiles(directory: string, report: Report): void {
  mkdirSync(join(directory, 'figures'), { recursive: true });
  mkdirSync(join(directory, 'tables'));
  writeFileSync(join(directory, 'report.html'), report.html);
  writeFileSync(join(directory, 'report.md'), report.markdown);
  for (const { name, svg } of report.figures) writeFileSync(join(directory, 'figures', `${name}.svg`), svg);
  for (const { name, csv } of report.tables) writeFileSync(join(directory, 'tables', `${name}.csv`), csv);
}

/** A directory cannot be renamed over another that has files: the old one steps aside first. */
function replace(directory: string, fresh: string): void {
  const old = `${fresh}-old`;
  rmSync(old, { recursive: true, force: true });
  try {
    renameSync(directory, old);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  renameSync(fresh, directory);
  rmSync(old, { recursive: true, force: true });
}

/** The author's text beside the study's files, or `null`. Absent text is no error: the report stands without it. */
function readNotes({ directory, study }: StudyRecords): string | null {
  const { text } = study.report;
  if (text === null) return null;
  try {
    return readFileSync(isAbsolute(text) ? text : join(directory, text), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
