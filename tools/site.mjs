// The documentation as a web site: node tools/site.mjs [FOLDER] makes it in site/. Guides and results from docs/, the reference from the docstrings,
// mathematics typeset, a search over all of it; no address of another host is asked for anything, and the folder can be opened as it lies.
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { katex } from '@mdit/plugin-katex';
import { Application, Comment, LogLevel, OptionDefaults, ReflectionKind } from 'typedoc';
import { brokenLinks } from './site-links.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const ENTRIES = [
  'src/index.ts',
  ...['linalg', 'autodiff', 'curvature', 'influence', 'linalg/io'].map((name) => `src/${name}/index.ts`),
  'src/linalg/ndarray.ts',
];
/** What an entry is imported as: src is eigenfluence, src/linalg/io is eigenfluence/io. */
const imported = (folder) => folder.replace(/^src/, 'eigenfluence').replace('/linalg/', '/');

/** The sections of docs/README.md, each with the pages that it leads to. */
function sections() {
  const [, ...parts] = readFileSync(path.join(ROOT, 'docs/README.md'), 'utf8').split(/^## /m);
  return parts.map((text) => {
    const [title, ...lines] = text.split('\n');
    const pages = [
      ...new Set(
        lines.flatMap((line) =>
          [...line.matchAll(/\]\(((?:\.\.\/)?[\w/-]+\.md)\)/g)].map(([, name]) => name),
        ),
      ),
    ];
    return { title, lines, pages };
  });
}

const heading = (text) => /^# (.*)$/m.exec(text)?.[1].replaceAll(/[`*]/g, '') ?? 'Page';

/** Sources are not in the site: what points to them, or to a folder, is a name. */
const withoutSources = (text) =>
  text.replace(
    /(?<!!)\[([^\][]*(?:\[[^\][]*\][^\][]*)*)\]\(((?!https?:|#)[^()\s]+)\)/g,
    (whole, label, target) => (/\.(?:md|svg|png|html|json|csv)(?:#|$)/.test(target) ? whole : label),
  );

/** A page with its title as the site generator reads it, in place of the heading. */
const titled = (text, more = {}) =>
  `---\n${Object.entries({ title: JSON.stringify(heading(text)), ...more })
    .map(([key, value]) => `${key}: ${value}`)
    .join('\n')}\n---\n${withoutSources(text.replace(/^# .*\n/m, ''))}`;

/** README and docs in a folder of their own, with titles and an order; beside them, as links, whatever they point to. */
function pages(folder) {
  for (const name of readdirSync(ROOT))
    if (
      ![
        'docs',
        'README.md',
        'CONTRIBUTING.md',
        'CHANGELOG.md',
        'findings',
        'test',
        'node_modules',
        '.git',
        '.cache',
        'runs',
        'site',
        'dist',
      ].includes(name)
    )
      symlinkSync(path.join(ROOT, name), path.join(folder, name));
  const copied = (name) =>
    writeFileSync(path.join(folder, name), withoutSources(readFileSync(path.join(ROOT, name), 'utf8')));
  copied('README.md');
  cpSync(path.join(ROOT, 'docs'), path.join(folder, 'docs'), { recursive: true });
  return sections().map(({ title, lines, pages: names }) => {
    for (const name of names) {
      const file = path.join(folder, 'docs', name);
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, titled(readFileSync(path.join(ROOT, 'docs', name), 'utf8')));
    }
    const file = path.join(folder, 'docs', `_${title.toLowerCase().replaceAll(' ', '-')}.md`);
    writeFileSync(
      file,
      titled(`# ${title}\n${lines.join('\n')}`, {
        children: `\n${names.map((name) => `  - ${name.startsWith('.') ? name : `./${name}`}`).join('\n')}`,
      }),
    );
    return file;
  });
}

/** `@file` of an entry is what it says of itself; a name of another entry, `{@link DomainError}` say, is found there. */
function asTheHouseWrites(app) {
  app.converter.on('resolveBegin', (context) => {
    for (const module of context.project.getChildrenByKind(ReflectionKind.Module)) {
      module.name = imported(module.name);
      const at = module.comment?.blockTags.findIndex(({ tag }) => tag === '@file') ?? -1;
      if (at >= 0) module.comment = new Comment(module.comment.blockTags[at].content);
    }
    const exported = new Map(
      context.project
        .getReflectionsByKind(ReflectionKind.SomeExport)
        .filter(({ parent }) => parent?.kind === ReflectionKind.Module)
        .map((one) => [one.name, one]),
    );
    for (const { comment } of context.project.getReflectionsByKind(ReflectionKind.All))
      for (const part of [
        comment?.summary,
        ...(comment?.blockTags ?? []).map(({ content }) => content),
      ].flat())
        if (part?.kind === 'inline-tag' && part.tag === '@link')
          part.target ??= exported.get(part.text.trim());
  });
}

const KATEX = path.dirname(fileURLToPath(import.meta.resolve('katex/dist/katex.min.css')));

/** The look of formulas, and tables that scroll where the page is narrow. */
function styles(folder) {
  const file = path.join(folder, 'site.css');
  const tables =
    '.tsd-typography table { display: block; overflow-x: auto; } .katex-display { overflow-x: auto; overflow-y: hidden; }';
  writeFileSync(file, `${readFileSync(path.join(KATEX, 'katex.min.css'), 'utf8')}\n${tables}\n`);
  return file;
}

/** Makes the site; what is wrong with it, in lines. */
async function makeSite(out) {
  const folder = mkdtempSync(path.join(tmpdir(), 'eigenfluence-site-'));
  try {
    const documents = pages(folder);
    const app = await Application.bootstrap({
      name: 'eigenfluence',
      entryPoints: ENTRIES.map((file) => path.join(ROOT, file)),
      tsconfig: path.join(ROOT, 'tsconfig.json'),
      skipErrorChecking: true, // `npm run types` checks
      projectDocuments: documents,
      readme: path.join(folder, 'README.md'),
      basePath: ROOT,
      displayBasePath: ROOT,
      customCss: styles(folder),
      disableGit: true,
      disableSources: true,
      blockTags: [...OptionDefaults.blockTags, '@file'],
      excludePrivate: true,
      githubPages: false,
      searchInDocuments: true,
      searchInComments: true,
      navigation: { includeGroups: false, includeCategories: false },
      headings: { readme: false, document: true },
      sort: ['documents-first', 'alphabetical-ignoring-documents'],
      validation: { notExported: false, invalidLink: true, rewrittenLink: false },
      markdownItLoader: (parser) => parser.use(katex, { allowInlineWithSpace: false }),
      highlightLanguages: [...OptionDefaults.highlightLanguages, 'python', 'sh', 'csv', 'ini'],
    });
    asTheHouseWrites(app);
    const warnings = [];
    app.logger.log = (message, level) => level >= LogLevel.Warn && warnings.push(message);
    const project = await app.convert();
    if (project === undefined) return ['the sources could not be read', ...warnings];
    app.validate(project);
    rmSync(out, { recursive: true, force: true });
    mkdirSync(out, { recursive: true });
    await app.generateDocs(project, out);
    cpSync(path.join(KATEX, 'fonts'), path.join(out, 'assets/fonts'), { recursive: true });
    return [...warnings, ...brokenLinks(out)];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const out = path.resolve(process.argv[2] ?? path.join(ROOT, 'site'));
if (existsSync(out) && readdirSync(out).length > 0 && !existsSync(path.join(out, 'index.html'))) {
  console.error(`${out} holds something else than a site: name another folder.`);
  process.exit(1);
}
const faults = await makeSite(out);
for (const fault of faults) console.error(fault);
console.log(faults.length === 0 ? `${path.join(out, 'index.html')}` : `${faults.length} faults`);
process.exitCode = faults.length === 0 ? 0 : 1;
