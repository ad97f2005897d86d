import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Copy, type Dockerfile, DockerfileParser, type Instruction } from 'dockerfile-ast';

/** What the checks need of the Dockerfile. */
export interface ImageStage {
  readonly name: string;
  readonly from: string;
  readonly instructions: readonly Instruction[];
}

const UNKNOWN_TO_DOCKER =
  /^(?!(ADD|ARG|CMD|COPY|ENTRYPOINT|ENV|EXPOSE|FROM|HEALTHCHECK|LABEL|ONBUILD|RUN|SHELL|STOPSIGNAL|USER|VOLUME|WORKDIR)$)/;

export function readStages(text: string): ImageStage[] {
  const file: Dockerfile = DockerfileParser.parse(text);
  const stages: { name: string; from: string; instructions: Instruction[] }[] = [];
  for (const instruction of file.getInstructions()) {
    const words = instruction.getArguments().map((one) => one.getValue());
    if (instruction.getKeyword() === 'FROM') {
      stages.push({ from: words[0] ?? '', name: words[2] ?? '', instructions: [] });
    } else stages.at(-1)?.instructions.push(instruction);
  }
  return stages;
}

/** The stage and those it is built on, itself last. */
function lineage(stages: readonly ImageStage[], name: string): ImageStage[] {
  const stage = stages.find((one) => one.name === name);
  return stage === undefined ? [] : [...lineage(stages, stage.from), stage];
}

/** The last word that a target and its bases have on a keyword. */
function last(stages: readonly ImageStage[], target: string, keyword: string): string | undefined {
  return lineage(stages, target)
    .flatMap(({ instructions }) => instructions)
    .filter((one) => one.getKeyword() === keyword)
    .at(-1)
    ?.getArgumentsContent()
    ?.trim();
}

/** Variables of a target, its bases' too. */
export function environmentOf(
  stages: readonly ImageStage[],
  target: string,
): Record<string, string> {
  const pairs = lineage(stages, target)
    .flatMap(({ instructions }) => instructions)
    .filter((one) => one.getKeyword() === 'ENV')
    .flatMap((one) => one.getArguments().map((argument) => argument.getValue()))
    .map((pair): [string, string] => [
      pair.slice(0, pair.indexOf('=')),
      pair.slice(pair.indexOf('=') + 1),
    ]);
  return Object.fromEntries(pairs);
}

const isExecForm = (text: string | undefined): boolean => /^\[\s*"/.test(text ?? '');

/** What is wrong with a target that is to be an image of a service. */
export function targetProblems(stages: readonly ImageStage[], target: string): string[] {
  if (lineage(stages, target).length === 0) return [`there is no target ${target}`];
  const user = last(stages, target, 'USER') ?? '';
  const entry = last(stages, target, 'ENTRYPOINT');
  const command = last(stages, target, 'CMD');
  const health = last(stages, target, 'HEALTHCHECK') ?? '';
  const from = lineage(stages, target)[0]?.from ?? '';
  const problems = [
    !/^[1-9]\d*:[1-9]\d*$/.test(user) &&
      `runs as "${user}", not as a number: Kubernetes cannot tell that it is not root`,
    !(isExecForm(entry) && isExecForm(command)) &&
      'has no ENTRYPOINT and CMD in exec form: a shell would be PID 1',
    /npm|\bsh\b|pnpm/.test(`${entry} ${command}`) && 'starts npm or a shell as PID 1',
    health !== 'NONE' &&
      !isExecForm(/\[.*$/.exec(health)?.[0]) &&
      'has a health check that needs a shell, or none',
    !/RUNTIME_IMAGE/.test(from) && `is built on ${from}, with everything that a build needs`,
  ];
  return problems.filter((one) => typeof one === 'string').map((one) => `target ${target} ${one}`);
}

/** What is built for every kind of processor on one of them must hold nothing native, and look whether it does. */
export function platformProblems(stages: readonly ImageStage[]): string[] {
  return stages
    .filter(({ name }) => name.startsWith('build-'))
    .filter(({ instructions }) => !instructions.some((one) => isLookForNative(one)))
    .map(({ name }) => `stage ${name} does not look for native modules (*.node) in what it makes`);
}

const isLookForNative = (one: Instruction): boolean =>
  one.getKeyword() === 'RUN' &&
  /&& ! find [^|]*-name '\*\.node' \| grep \./.test(one.getRawArgumentsContent() ?? '');

/** What `COPY` takes must be in the context, not left out by .dockerignore, or in a stage that is there. */
export function copyProblems(stages: readonly ImageStage[], root: string): string[] {
  const ignored = readIgnored(root);
  return stages.flatMap((stage, i) =>
    stage.instructions.flatMap((instruction) => {
      const keyword = instruction.getKeyword();
      if (UNKNOWN_TO_DOCKER.test(keyword))
        return [`stage ${stage.name}: ${keyword} is no instruction`];
      if (keyword !== 'COPY') return [];
      const source = (instruction as Copy).getFromFlag()?.getValue();
      const paths = instruction
        .getArguments()
        .slice(0, -1)
        .map((one) => one.getValue());
      if (source === undefined || source === null) {
        return paths
          .filter(
            (path) =>
              !existsSync(join(root, path)) ||
              ignored.some((one) => path === one || path.startsWith(`${one}/`)),
          )
          .map((path) => `stage ${stage.name}: there is no ${path} in the context`);
      }
      const before = stages.slice(0, i).some(({ name }) => name === source);
      const packages = paths.map((path) => /^\/src\/((?:apps|packages)\/[^/]+)/.exec(path)?.[1]);
      return [
        ...(before
          ? []
          : [`stage ${stage.name}: copies from ${source}, which is no stage before it`]),
        ...packages
          .filter((one) => one !== undefined && !existsSync(join(root, one)))
          .map((one) => `stage ${stage.name}: there is no ${one}`),
      ];
    }),
  );
}

function readIgnored(root: string): string[] {
  return readFileSync(join(root, '.dockerignore'), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#') && !line.startsWith('**'));
}

/** The tools of the build are those of the repository. */
export function toolProblems(text: string, root: string): string[] {
  const manifest = readFileSync(join(root, 'package.json'), 'utf8');
  const workspace = readFileSync(join(root, 'pnpm-workspace.yaml'), 'utf8');
  const wanted = {
    pnpm: /"packageManager": "pnpm@([^"]+)"/.exec(manifest)?.[1],
    turbo: /^ {2}turbo: (\S+)$/m.exec(workspace)?.[1],
  };
  return Object.entries(wanted)
    .filter(([tool, version]) => new RegExp(`\\b${tool}@(\\S+)`).exec(text)?.[1] !== version)
    .map(
      ([tool, version]) =>
        `the Dockerfile does not build with ${tool} ${version}, as the repository does`,
    );
}
