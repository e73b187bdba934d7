/** The order of the folders is law: a folder imports only from those it is allowed to (see ARCHITECTURE.md). */
const above = {
  base: [],
  data: ['base'],
  nn: ['base'],
  optim: ['base'],
  compile: ['base', 'nn', 'optim'],
  backends: ['base', 'nn', 'optim', 'compile'],
  study: ['base', 'data', 'nn', 'optim'],
  store: ['base', 'study'],
  train: ['base', 'stats', 'data', 'nn', 'optim', 'compile', 'backends', 'study', 'store'],
  stats: ['base'],
  analysis: ['base', 'study', 'store', 'stats'],
  import: ['base', 'study', 'store', 'analysis'],
  figures: ['base', 'analysis'],
  terminal: ['base', 'study', 'store', 'analysis'],
  report: ['base', 'study', 'store', 'analysis', 'figures'],
};
const trainers = [
  'base',
  'stats',
  'data',
  'nn',
  'optim',
  'compile',
  'backends',
  'study',
  'store',
  'train',
  'analysis',
];
above.launch = [...trainers, 'import'];
above.plan = [...trainers, 'import', 'launch'];
above.bench = [...trainers, 'import', 'launch', 'plan'];

/** The rooms of analysis/: each takes from those before it. */
const rooms = {
  words: [],
  measures: ['words'],
  trials: ['words', 'measures'],
  search: ['words', 'measures', 'trials'],
  // What a search did not try is said with the verdicts about its levels.
  findings: ['words', 'measures', 'trials', 'search'],
  claims: ['words', 'measures', 'trials', 'findings'],
};

const orderOfRooms = Object.entries(rooms).map(([room, allowed]) => ({
  name: `order-analysis-${room}`,
  severity: 'error',
  comment: `src/analysis/${room} may import of analysis/ only: ${allowed.join(', ') || 'nothing'}`,
  from: { path: `^src/analysis/${room}/`, pathNot: '\\.test\\.ts$' },
  to: { path: '^src/analysis/', pathNot: `^src/analysis/(${[room, ...allowed].join('|')})/` },
}));

const order = Object.entries(above).map(([folder, allowed]) => ({
  name: `order-${folder}`,
  severity: 'error',
  comment: `src/${folder} may import only from: ${allowed.join(', ') || 'nothing'}`,
  from: { path: `^src/${folder}/` },
  to: { path: '^src/', pathNot: `^src/(${[folder, ...allowed].join('|')})/` },
}));

module.exports = {
  forbidden: [
    ...order,
    ...orderOfRooms,
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'siblings-of-backends',
      severity: 'error',
      comment:
        'backends never import each other; what they share lies beside them, and node/openStep.ts knows them all',
      from: { path: '^src/backends/(?!node/)([^/]+)/', pathNot: '\\.test\\.ts$' },
      to: { path: '^src/backends/([^/]+)/', pathNot: '^src/backends/$1/' },
    },
    {
      name: 'cli-uses-the-library',
      severity: 'error',
      comment: 'the command line uses what a person can use, and what src/cli/library.ts adds to that',
      from: { path: '^src/cli/', pathNot: '^src/cli/library\\.ts$|\\.test\\.ts$' },
      to: { path: '^src/', pathNot: '^src/(cli|base)/' },
    },
    {
      name: 'doors-are-for-users',
      severity: 'error',
      comment: 'src/index.ts and src/engine.ts are what a user imports; nothing below them does',
      from: { path: '^src/', pathNot: '^src/cli/library\\.ts$' },
      to: { path: '^src/(index|engine)\\.ts$' },
    },
    {
      name: 'node-only-where-allowed',
      severity: 'error',
      comment: 'everything but cli, server, launch, plan, bench and node/ folders runs in a browser too',
      from: {
        path: '^src/',
        pathNot: '^src/(cli|server|launch|plan|bench)/|/node/|\\.test\\.ts$|^src/(index|engine)\\.ts$',
      },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'no-node-folders-from-pure-code',
      severity: 'error',
      from: {
        path: '^src/',
        pathNot: '^src/(cli|server|launch|plan|bench)/|/node/|\\.test\\.ts$|^src/(index|engine)\\.ts$',
      },
      to: { path: '/node/' },
    },
    {
      name: 'no-orphans',
      severity: 'error',
      from: { orphan: true, pathNot: '\\.test\\.ts$|\\.d\\.ts$' },
      to: {},
    },
    {
      name: 'declared',
      severity: 'error',
      from: {},
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'unknown'] },
    },
    {
      name: 'no-dev-dependencies-in-source',
      severity: 'error',
      from: { path: '^src/', pathNot: '\\.test\\.ts$' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '\\.test\\.ts$' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
