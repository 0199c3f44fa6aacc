// libpq, loaded when it is first needed: hosts on SQLite pay neither for it nor for the libraries behind it (OpenSSL,
// Kerberos, LDAP: some megabytes a process), and need not have it at all.
#ifndef MARTLET_CPOSTGRES_H
#define MARTLET_CPOSTGRES_H

#include <postgresql/libpq-fe.h>

/// libpq's functions; all set after `martlet_pq_load` has succeeded.
struct martlet_pq_functions {
    __typeof__(PQconnectStartParams) *connect_start_params;
    __typeof__(PQconnectPoll) *connect_poll;
    __typeof__(PQfinish) *finish;
    __typeof__(PQstatus) *status;
    __typeof__(PQtransactionStatus) *transaction_status;
    __typeof__(PQsocket) *socket;
    __typeof__(PQsetnonblocking) *setnonblocking;
    __typeof__(PQflush) *flush;
    __typeof__(PQconsumeInput) *consume_input;
    __typeof__(PQisBusy) *is_busy;
    __typeof__(PQsendQuery) *send_query;
    __typeof__(PQsendPrepare) *send_prepare;
    __typeof__(PQsendQueryPrepared) *send_query_prepared;
    __typeof__(PQsetSingleRowMode) *set_single_row_mode;
    __typeof__(PQgetResult) *get_result;
    __typeof__(PQclear) *clear;
    __typeof__(PQresultStatus) *result_status;
    __typeof__(PQresultErrorField) *result_error_field;
    __typeof__(PQnfields) *nfields;
    __typeof__(PQntuples) *ntuples;
    __typeof__(PQftype) *ftype;
    __typeof__(PQgetisnull) *getisnull;
    __typeof__(PQgetvalue) *getvalue;
    __typeof__(PQgetlength) *getlength;
    __typeof__(PQputCopyData) *put_copy_data;
    __typeof__(PQputCopyEnd) *put_copy_end;
    __typeof__(PQcmdTuples) *cmd_tuples;
    __typeof__(PQerrorMessage) *error_message;
    __typeof__(PQsetNoticeProcessor) *set_notice_processor;
    __typeof__(PQconninfoParse) *conninfo_parse;
    __typeof__(PQconninfoFree) *conninfo_free;
    __typeof__(PQfreemem) *freemem;
};
extern struct martlet_pq_functions martlet_pq;

/// Loads libpq. NULL, or why it cannot be used. Call once, before anything else here.
const char *martlet_pq_load(void);

static inline PGconn *martlet_pq_connect_start_params(const char *const *keywords, const char *const *values, int expand) {
    return martlet_pq.connect_start_params(keywords, values, expand);
}
static inline PostgresPollingStatusType martlet_pq_connect_poll(PGconn *connection) {
    return martlet_pq.connect_poll(connection);
}
static inline void martlet_pq_finish(PGconn *connection) { martlet_pq.finish(connection); }
static inline ConnStatusType martlet_pq_status(const PGconn *connection) { return martlet_pq.status(connection); }
static inline PGTransactionStatusType martlet_pq_transaction_status(const PGconn *connection) {
    return martlet_pq.transaction_status(connection);
}
static inline int martlet_pq_socket(const PGconn *connection) { return martlet_pq.socket(connection); }
static inline int martlet_pq_setnonblocking(PGconn *connection, int on) {
    return martlet_pq.setnonblocking(connection, on);
}
static inline int martlet_pq_flush(PGconn *connection) { return martlet_pq.flush(connection); }
static inline int martlet_pq_consume_input(PGconn *connection) { return martlet_pq.consume_input(connection); }
static inline int martlet_pq_is_busy(PGconn *connection) { return martlet_pq.is_busy(connection); }
static inline int martlet_pq_send_query(PGconn *connection, const char *sql) {
    return martlet_pq.send_query(connection, sql);
}
/// The server infers the types of the parameters.
static inline int martlet_pq_send_prepare(PGconn *connection, const char *name, const char *sql) {
    return martlet_pq.send_prepare(connection, name, sql, 0, NULL);
}
/// Parameters and results as text; a NULL pointer is NULL.
static inline int martlet_pq_send_query_prepared(PGconn *connection, const char *name, int count, const char *const *values) {
    return martlet_pq.send_query_prepared(connection, name, count, values, NULL, NULL, 0);
}
static inline int martlet_pq_set_single_row_mode(PGconn *connection) {
    return martlet_pq.set_single_row_mode(connection);
}
static inline PGresult *martlet_pq_get_result(PGconn *connection) { return martlet_pq.get_result(connection); }
static inline void martlet_pq_clear(PGresult *result) { martlet_pq.clear(result); }
static inline ExecStatusType martlet_pq_result_status(const PGresult *result) {
    return martlet_pq.result_status(result);
}
static inline const char *martlet_pq_result_error_field(const PGresult *result, int field) {
    return martlet_pq.result_error_field(result, field);
}
static inline int martlet_pq_nfields(const PGresult *result) { return martlet_pq.nfields(result); }
static inline int martlet_pq_ntuples(const PGresult *result) { return martlet_pq.ntuples(result); }
static inline Oid martlet_pq_ftype(const PGresult *result, int column) { return martlet_pq.ftype(result, column); }
static inline int martlet_pq_getisnull(const PGresult *result, int row, int column) {
    return martlet_pq.getisnull(result, row, column);
}
static inline const char *martlet_pq_getvalue(const PGresult *result, int row, int column) {
    return martlet_pq.getvalue(result, row, column);
}
static inline int martlet_pq_getlength(const PGresult *result, int row, int column) {
    return martlet_pq.getlength(result, row, column);
}
static inline int martlet_pq_put_copy_data(PGconn *connection, const char *bytes, int count) {
    return martlet_pq.put_copy_data(connection, bytes, count);
}
static inline int martlet_pq_put_copy_end(PGconn *connection) { return martlet_pq.put_copy_end(connection, NULL); }
static inline const char *martlet_pq_cmd_tuples(PGresult *result) { return martlet_pq.cmd_tuples(result); }
static inline const char *martlet_pq_error_message(const PGconn *connection) {
    return martlet_pq.error_message(connection);
}
static inline void martlet_pq_conninfo_free(PQconninfoOption *options) { martlet_pq.conninfo_free(options); }

/// The parts of a connection URL, to be given to `martlet_pq_conninfo_free`; NULL if it is none. Why, is not told: libpq's
/// message repeats pieces of the URL, the password maybe among them.
static inline PQconninfoOption *martlet_pq_parse(const char *url) {
    char *message = NULL;
    PQconninfoOption *options = martlet_pq.conninfo_parse(url, &message);
    if (message) martlet_pq.freemem(message);
    return options;
}

static inline void martlet_pq_ignore_notice(void *context, const char *message) {
    (void)context;
    (void)message;
}
/// Keeps notices of the server off stderr.
static inline void martlet_pq_silence(PGconn *connection) {
    martlet_pq.set_notice_processor(connection, martlet_pq_ignore_notice, NULL);
}

// Macros of postgres_ext.h, which Swift does not import.
enum {
    martlet_pq_field_state = PG_DIAG_SQLSTATE,
    martlet_pq_field_message = PG_DIAG_MESSAGE_PRIMARY,
    martlet_pq_field_table = PG_DIAG_TABLE_NAME,
    martlet_pq_field_column = PG_DIAG_COLUMN_NAME,
    martlet_pq_field_constraint = PG_DIAG_CONSTRAINT_NAME,
};
#endif
