import ts from 'typescript-5.9';

/** A name that a package exports, as its source declares it. */
export interface Exported {
  readonly name: string;
  readonly kind: 'class' | 'error' | 'function' | 'interface' | 'type' | 'constant';
  readonly doc: Doc;
  /** `Middleware<T> = …`, `decodePayload(job: …): unknown`: without a body; empty for what has members. */
  readonly signatures: readonly string[];
  readonly members: readonly Member[];
  /** The values of a union that explains each of them; empty for anything else. */
  readonly values: readonly ExplainedValue[];
  /** `code` of an error class; empty otherwise. */
  readonly code: string;
  readonly extends: string;
  /** Where it is declared, from the root of the package. */
  readonly file: string;
}

/** One value of a union, with the comment above it. */
interface ExplainedValue {
  readonly value: string;
  readonly meaning: string;
}

export interface Member {
  readonly name: string;
  readonly kind: 'property' | 'method' | 'constructor';
  readonly optional: boolean;
  readonly type: string;
  readonly doc: Doc;
}

/** A TSDoc comment: its text, and the tags that a reader wants. */
export interface Doc {
  readonly text: string;
  readonly throws: readonly string[];
  readonly params: readonly string[];
}

/** Reads what `entries` export. The compiler is the last one written in JavaScript: 7 has no such API. */
export function readSurface(root: string, entries: readonly string[]): Map<string, Exported[]> {
  const config = ts.getParsedCommandLineOfConfigFile(`${root}/tsconfig.json`, undefined, {
    ...ts.sys,
    onUnRecoverableConfigFileDiagnostic: ({ messageText }) => {
      throw new Error(ts.flattenDiagnosticMessageText(messageText, '\n'));
    },
  });
  const files = entries.map((entry) => `${root}/${entry}`);
  const program = ts.createProgram(files, config?.options ?? {});
  const checker = program.getTypeChecker();
  return new Map(
    entries.map((entry, at) => {
      const source = program.getSourceFile(files[at] ?? '');
      const module = source && checker.getSymbolAtLocation(source);
      if (module === undefined) throw new Error(`${root}/${entry} exports nothing`);
      const names = checker.getExportsOfModule(module);
      return [entry, names.map((name) => exportedOf(checker, name, root))];
    }),
  );
}

function exportedOf(checker: ts.TypeChecker, symbol: ts.Symbol, root: string): Exported {
  const real = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  const [declaration] = real.declarations ?? [];
  if (declaration === undefined) throw new Error(`${symbol.name} is declared nowhere`);
  const kind = kindOf(checker, declaration);
  return {
    name: symbol.name,
    kind,
    doc: docOf(checker, real),
    signatures: signaturesOf(real.declarations ?? []),
    members: membersOf(checker, declaration),
    values: valuesOf(declaration),
    code: kind === 'error' ? codeOf(checker, real) : '',
    extends: heritageOf(declaration),
    file: declaration.getSourceFile().fileName.slice(root.length + 1),
  };
}

function kindOf(checker: ts.TypeChecker, node: ts.Declaration): Exported['kind'] {
  if (ts.isClassDeclaration(node)) {
    const type = checker.getTypeAtLocation(node);
    const isError = ['name', 'message', 'stack'].every((name) => type.getProperty(name));
    return isError ? 'error' : 'class';
  }
  if (ts.isInterfaceDeclaration(node)) return 'interface';
  if (ts.isTypeAliasDeclaration(node)) return 'type';
  return ts.isFunctionDeclaration(node) ? 'function' : 'constant';
}

function signaturesOf(declarations: readonly ts.Declaration[]): string[] {
  const seen = declarations.length > 1 ? declarations.filter((one) => !hasBody(one)) : declarations;
  return seen.flatMap((node) => {
    if (ts.isTypeAliasDeclaration(node)) {
      const type = node.type
        .getText()
        .replaceAll(COMMENT, '')
        .replace(/^\s*\|/, '');
      return [`${node.name.text}${parameters(node)} = ${type}`];
    }
    if (ts.isFunctionDeclaration(node)) return [`${node.name?.text ?? ''}${callOf(node)}`];
    if (ts.isVariableDeclaration(node)) {
      return [`${node.name.getText()}${node.type ? `: ${node.type.getText()}` : ''}`];
    }
    return [];
  });
}

const COMMENT = /\/\*[\s\S]*?\*\//g;

function valuesOf(node: ts.Declaration): ExplainedValue[] {
  if (!ts.isTypeAliasDeclaration(node) || !ts.isUnionTypeNode(node.type)) return [];
  const { types } = node.type;
  const text = node.getSourceFile().text;
  const values = types.map((type, at) => {
    const before = text.slice(types[at - 1]?.end ?? node.type.pos, type.getStart());
    const meaning = (before.match(COMMENT) ?? []).map((one) =>
      one.replaceAll(/^\/\*+|\*+\/$/g, ''),
    );
    return { value: type.getText(), meaning: meaning.join(' ').trim() };
  });
  return values.some(({ meaning }) => meaning !== '') ? values : [];
}

/** What has a body among overloads is no part of the surface. */
const hasBody = (node: ts.Node): boolean =>
  ts.isFunctionLike(node) && 'body' in node && node.body !== undefined;

function membersOf(checker: ts.TypeChecker, node: ts.Declaration): Member[] {
  const literal =
    ts.isTypeAliasDeclaration(node) && ts.isTypeLiteralNode(node.type) ? node.type : undefined;
  const owner = ts.isClassDeclaration(node) || ts.isInterfaceDeclaration(node) ? node : literal;
  const members: readonly (ts.ClassElement | ts.TypeElement)[] = owner?.members ?? [];
  const overloaded = new Set(
    members.filter((one) => ts.isMethodDeclaration(one) && !hasBody(one)).map(nameOf),
  );
  return members
    .filter((one) => isPublic(one) && !(hasBody(one) && overloaded.has(nameOf(one))))
    .flatMap((member) => memberOf(checker, member));
}

const nameOf = (member: ts.ClassElement | ts.TypeElement): string => member.name?.getText() ?? '';

function isPublic(member: ts.ClassElement | ts.TypeElement): boolean {
  const hidden = ts.ModifierFlags.Private | ts.ModifierFlags.Static;
  if (ts.getCombinedModifierFlags(member) & hidden) return false;
  if (ts.getJSDocTags(member).some(({ tagName }) => tagName.text === 'internal')) return false;
  return member.name === undefined || !ts.isPrivateIdentifier(member.name);
}

function memberOf(checker: ts.TypeChecker, node: ts.ClassElement | ts.TypeElement): Member[] {
  if (ts.isSetAccessorDeclaration(node)) return [];
  if (ts.isConstructorDeclaration(node)) {
    const symbol = checker
      .getTypeAtLocation(node.parent)
      .symbol.members?.get(ts.InternalSymbolName.Constructor);
    const doc = symbol ? docOf(checker, symbol) : NOTHING;
    return [{ name: 'new', kind: 'constructor', optional: false, type: argumentsOf(node), doc }];
  }
  const symbol = node.name && checker.getSymbolAtLocation(node.name);
  if (node.name === undefined || symbol === undefined) return [];
  const call =
    ts.isMethodDeclaration(node) || ts.isMethodSignature(node) ? callOf(node) : undefined;
  return [
    {
      name: node.name.getText(),
      kind: call === undefined ? 'property' : 'method',
      optional: 'questionToken' in node && node.questionToken !== undefined,
      type: call ?? typeTextOf(checker, node),
      doc: withFields(checker, node, docOf(checker, symbol)),
    },
  ];
}

/** The fields of an event stand in its type: their comments belong to those of the event. */
function withFields(
  checker: ts.TypeChecker,
  node: ts.ClassElement | ts.TypeElement,
  doc: Doc,
): Doc {
  if (!ts.isPropertySignature(node) || !node.type || !ts.isTypeLiteralNode(node.type)) return doc;
  const fields = node.type.members.flatMap((field) => {
    const symbol = field.name && checker.getSymbolAtLocation(field.name);
    const text = symbol && docOf(checker, symbol).text;
    return text ? [`${nameOf(field)} ${text}`] : [];
  });
  return { ...doc, params: [...doc.params, ...fields] };
}

function typeTextOf(checker: ts.TypeChecker, node: ts.ClassElement | ts.TypeElement): string {
  const stated = 'type' in node ? (node.type as ts.TypeNode | undefined) : undefined;
  return (
    stated?.getText().replaceAll(COMMENT, '') ??
    checker.typeToString(checker.getTypeAtLocation(node))
  );
}

/** `<T>(a: string, b?: number): T`, as it is written. */
function callOf(node: ts.SignatureDeclaration): string {
  const result = node.type ? `: ${node.type.getText()}` : '';
  return `${parameters(node)}${argumentsOf(node)}${result}`;
}

function argumentsOf(node: ts.SignatureDeclaration): string {
  const names = node.parameters.map((one) => {
    // What is taken apart at once has no name of its own: what it holds says its type.
    const name = ts.isIdentifier(one.name) ? one.name.text : 'options';
    const optional = one.questionToken !== undefined || one.initializer !== undefined;
    const type = one.type ? `: ${one.type.getText()}` : literalType(one.initializer);
    return `${one.dotDotDotToken ? '...' : ''}${name}${optional ? '?' : ''}${type}`;
  });
  return `(${names.join(', ')})`;
}

/** `quiet = true` is a boolean: what is left out by a default of another kind states its type. */
function literalType(initializer: ts.Expression | undefined): string {
  if (initializer === undefined) return '';
  const { TrueKeyword, FalseKeyword, NumericLiteral, StringLiteral } = ts.SyntaxKind;
  if ([TrueKeyword, FalseKeyword].includes(initializer.kind)) return ': boolean';
  if (initializer.kind === NumericLiteral) return ': number';
  return initializer.kind === StringLiteral ? ': string' : '';
}

function parameters(node: {
  readonly typeParameters?: ts.NodeArray<ts.TypeParameterDeclaration> | undefined;
}): string {
  const names = node.typeParameters?.map((one) => one.getText()).join(', ');
  return names === undefined ? '' : `<${names}>`;
}

function heritageOf(node: ts.Declaration): string {
  if (!ts.isClassDeclaration(node) && !ts.isInterfaceDeclaration(node)) return '';
  const clauses = node.heritageClauses ?? [];
  return clauses
    .filter(({ token }) => token === ts.SyntaxKind.ExtendsKeyword)
    .flatMap(({ types }) => types.map((type) => type.getText()))
    .join(', ');
}

function codeOf(checker: ts.TypeChecker, symbol: ts.Symbol): string {
  const code = checker.getDeclaredTypeOfSymbol(symbol).getProperty('code');
  if (code === undefined) return '';
  const type = checker.getTypeOfSymbol(code);
  return type.isStringLiteral() ? type.value : '';
}

const NOTHING: Doc = { text: '', throws: [], params: [] };

function docOf(checker: ts.TypeChecker, symbol: ts.Symbol): Doc {
  const tags = symbol.getJsDocTags(checker);
  const tagged = (name: string): string[] =>
    tags.filter((tag) => tag.name === name).map(({ text }) => ts.displayPartsToString(text));
  return {
    text: ts.displayPartsToString(symbol.getDocumentationComment(checker)),
    throws: tagged('throws'),
    params: tagged('param'),
  };
}
