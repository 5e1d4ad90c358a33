import type { TableShape } from './shape.ts'

/** What is read from the project for the model. */
export interface ProjectSection {
  readonly project_doc_max_bytes?: number
  readonly project_doc_fallback_filenames?: readonly string[]
  readonly project_root_markers?: readonly string[]
}

export const projectShape: TableShape<ProjectSection> = {
  kind: 'table',
  keys: {
    project_doc_max_bytes: {
      kind: 'integer',
      min: 0,
      about: 'Bytes of AGENTS.md files the model sees, all together. Default 32768; 0: none.',
    },
    project_doc_fallback_filenames: { kind: 'list', of: { kind: 'text' }, about: 'Names tried in a directory without AGENTS.md.' },
    project_root_markers: {
      kind: 'list',
      of: { kind: 'text' },
      about: 'Names that mark the root of a project. Default `[".git"]`; not read from project files.',
    },
  },
}
