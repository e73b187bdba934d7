import type { JudgedClaim } from '../analysis/claims/claims.js';

/** What stands in a report beside the analysis. */
export interface ReportExtras {
  readonly claims?: readonly JudgedClaim[];
  /** Text of the Markdown file that the study file's `report.text` names; its sections are woven in. */
  readonly notes?: string;
}
