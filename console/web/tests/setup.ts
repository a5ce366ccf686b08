import { cleanup } from '@testing-library/react';
import { afterEach, beforeAll } from 'vitest';

import { startTranslation } from '../src/i18n';

beforeAll(startTranslation);
afterEach(cleanup);
