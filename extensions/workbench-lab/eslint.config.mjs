import js from '@eslint/js';
import jupyter from '@jupyter/eslint-plugin';
import hooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';

/** Every rule of the plugin is an error, those for Galata in tests; there is no settings schema for the remaining one. */
const rules = Object.keys(jupyter.rules).filter(rule => rule !== 'no-schema-enum');
const galata = rules.filter(rule => rule.startsWith('galata-') || rule.includes('snapshots'));
const errors = names => Object.fromEntries(names.map(rule => [`jupyter/${rule}`, 'error']));

export default tseslint.config(
  { ignores: ['lib', 'labextension', 'node_modules', 'src/api/contract.ts', '.yarn'] },
  {
    files: ['**/*.{ts,tsx}'],
    extends: [
      js.configs.recommended,
      ...tseslint.configs.strictTypeChecked,
      ...tseslint.configs.stylisticTypeChecked
    ],
    plugins: { jupyter, 'react-hooks': hooks },
    languageOptions: { parserOptions: { project: ['./tsconfig.json', './tests/tsconfig.json'] } },
    rules: {
      ...errors(rules.filter(rule => !galata.includes(rule))),
      ...hooks.configs.recommended.rules,
      // Needed while the plug-ins start, the client that everything asks and what the Running panel asks; they bring no view.
      'jupyter/prefer-lazy-imports': [
        'error',
        { ignoreImports: ['../widgets/services', '../widgets/running'] }
      ],
      // Lumino's signals take a method and its `this`, which prefer-signal-this-arg above asks for.
      '@typescript-eslint/unbound-method': 'off',
      'no-console': 'error',
      'max-lines': ['error', 400],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      // Numbers and ids stand in templates; what they look like is `Formats`' affair.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // `onClick={() => void start()}` is how a handler starts something and lets its view show how it ends.
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidOperator: true }
      ]
    }
  },
  {
    // Text of models and benchmarks is never markup.
    files: ['src/**/*.{ts,tsx}'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector: 'JSXAttribute[name.name="dangerouslySetInnerHTML"]',
          message: 'Text is rendered as text.'
        },
        {
          selector: 'MemberExpression[property.name=/^(inner|outer)HTML$/]',
          message: 'Text is rendered as text.'
        }
      ]
    }
  },
  {
    files: ['tests/**/*.{ts,tsx}'],
    rules: {
      ...errors(galata),
      // Tests read answers whose shape they have just written.
      '@typescript-eslint/no-non-null-assertion': 'off',
      'jupyter/no-untranslated-string': 'off'
    }
  }
);
