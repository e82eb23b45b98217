#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The checks of nat.sh, with the translation told by nftables.

BY=nft
. "$(dirname "$0")/nat.sh"
