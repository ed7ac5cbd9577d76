/** @file Versions of what an audit stores: raise one when its results change. */

export const AUDIT_VERSIONS = {
  'audit-data': 1,
  'audit-candidate': 3,
  'audit-member': 3,
  'audit-influence': 3,
  'audit-neighbours': 2,
  'audit-base': 3,
  'audit-half': 3,
  'audit-verify': 3,
} as const;
