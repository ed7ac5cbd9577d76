/** @file Versions of what an audit stores: raise one when its results change. */

export const AUDIT_VERSIONS = {
  'audit-data': 1,
  'audit-candidate': 2,
  'audit-member': 2,
  'audit-influence': 2,
  'audit-neighbours': 1,
  'audit-base': 2,
  'audit-half': 2,
  'audit-verify': 2,
} as const;
