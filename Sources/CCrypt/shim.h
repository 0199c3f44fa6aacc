#ifndef CCRYPT_SHIM_H
#define CCRYPT_SHIM_H
/* libxcrypt: crypt_r and crypt_gensalt_rn. */
#include <crypt.h>
#endif
