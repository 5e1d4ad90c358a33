import type { CommandAction } from '@octavo/protocol'
import { describe, expect, it } from 'vitest'
import { summarize } from './summarize.ts'

const read = (command: string, path: string, name: string): CommandAction => ({ type: 'read', command, name, path })
const list = (command: string, path: string | null): CommandAction => ({ type: 'listFiles', command, path })
const search = (command: string, query: string | null, path: string | null): CommandAction => ({ type: 'search', command, query, path })
const unknown = (command: string): CommandAction => ({ type: 'unknown', command })

describe('what a command does', () => {
  it.each<[string, CommandAction[]]>([
    ['cat src/a.ts', [read('cat src/a.ts', 'src/a.ts', 'a.ts')]],
    ['head -n 20 a', [read('head -n 20 a', 'a', 'a')]],
    ['tail -c +10 a', [read('tail -c +10 a', 'a', 'a')]],
    ["sed -n '1,200p' src/a.ts", [read('sed -n 1,200p src/a.ts', 'src/a.ts', 'a.ts')]],
    ['nl -ba a | sed -n 1,5p', [read('nl -ba a', 'a', 'a')]],
    ['cat a | head -n 5', [read('cat a', 'a', 'a')]],
    ['cd src && cat a.ts', [read('cat a.ts', 'src/a.ts', 'a.ts')]],
    ['cd /x/ && cd y && ls', [list('ls', '/x/y')]],
    ['cat a && cat b', [read('cat a', 'a', 'a'), read('cat b', 'b', 'b')]],
    ['cat a; cat a', [read('cat a', 'a', 'a')]],
    ['ls', [list('ls', null)]],
    ['ls -la src', [list('ls -la src', 'src')]],
    ['rg --files src | head', [list('rg --files src', 'src')]],
    ['git ls-files', [list('git ls-files', null)]],
    ['find src -type f', [list('find src -type f', 'src')]],
    ["find . -name '*.ts'", [search("find . -name '*.ts'", '*.ts', '.')]],
    ['rg -n -g *.ts needle src', [search("rg -n -g '*.ts' needle src", 'needle', 'src')]],
    ['grep -rn "two words" .', [search("grep -rn 'two words' .", 'two words', '.')]],
    ['git grep needle', [search('git grep needle', 'needle', null)]],
    ['fd needle src', [search('fd needle src', 'needle', 'src')]],
    ['npm test', [unknown('npm test')]],
    ['cat a && npm test', [unknown('cat a && npm test')]],
    ['touch /out/f && echo made', [unknown('touch /out/f && echo made')]],
    ['cat a > b', [unknown('cat a > b')]],
    ['cat a b', [unknown('cat a b')]],
    ['cd src', [unknown('cd src')]],
    ['find . -delete', [unknown('find . -delete')]],
    ['', [unknown('')]],
  ])('%s', (script, actions) => {
    expect(summarize(['/bin/bash', '-lc', script])).toEqual(actions)
  })

  it('an argv without a shell is one command', () => {
    expect(summarize(['cat', 'a b'])).toEqual([read("cat 'a b'", 'a b', 'a b')])
    expect(summarize(['node', 'x y.js'])).toEqual([unknown("node 'x y.js'")])
  })
})
