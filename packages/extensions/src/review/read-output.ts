import { isRecord, parseJson } from '@octavo/base'
import type { ReviewFinding, ReviewOutput } from '@octavo/protocol'

/** What a reviewer's last message says: JSON, JSON with words around it, or just words. */
export function readReview(text: string): ReviewOutput {
  const [first, last] = [text.indexOf('{'), text.lastIndexOf('}')]
  return (
    reviewOf(text) ??
    (first !== -1 && last > first ? reviewOf(text.slice(first, last + 1)) : null) ?? {
      findings: [],
      overallCorrectness: '',
      overallExplanation: text.trim(),
      overallConfidenceScore: 0,
    }
  )
}

function reviewOf(text: string): ReviewOutput | null {
  const parsed = parseJson(text)
  if (!parsed.ok || !isRecord(parsed.value)) return null
  const {
    findings,
    overall_correctness: correctness,
    overall_explanation: explanation,
    overall_confidence_score: confidence,
  } = parsed.value
  // Some other JSON is not a review of nothing.
  if (!Array.isArray(findings) && typeof explanation !== 'string') return null
  return {
    findings: Array.isArray(findings) ? findings.flatMap(findingOf) : [],
    overallCorrectness: typeof correctness === 'string' ? correctness : '',
    overallExplanation: typeof explanation === 'string' ? explanation : '',
    overallConfidenceScore: share(confidence),
  }
}

function findingOf(value: unknown): readonly ReviewFinding[] {
  if (!isRecord(value)) return []
  const { title, body, confidence_score: confidence, priority, code_location: location } = value
  if (typeof title !== 'string' || !isRecord(location)) return []
  const { absolute_file_path: path, line_range: range } = location
  if (typeof path !== 'string') return []
  const startLine = lineOf(isRecord(range) ? range['start'] : undefined, 1)
  return [
    {
      title,
      body: typeof body === 'string' ? body : '',
      confidenceScore: share(confidence),
      priority: lineOf(priority, 3),
      location: { path, startLine, endLine: lineOf(isRecord(range) ? range['end'] : undefined, startLine) },
    },
  ]
}

function share(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) ? Math.min(1, Math.max(0, value)) : 0
}

function lineOf(value: unknown, otherwise: number): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : otherwise
}
