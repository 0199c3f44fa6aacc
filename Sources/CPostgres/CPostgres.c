#include "CPostgres.h"

#include <CLinux.h>
#include <stddef.h>

struct martlet_pq_functions martlet_pq;

const char *martlet_pq_load(void) {
    const struct martlet_function wanted[] = {
        {"PQconnectStartParams", (void **)&martlet_pq.connect_start_params},
        {"PQconnectPoll", (void **)&martlet_pq.connect_poll},
        {"PQfinish", (void **)&martlet_pq.finish},
        {"PQstatus", (void **)&martlet_pq.status},
        {"PQtransactionStatus", (void **)&martlet_pq.transaction_status},
        {"PQsocket", (void **)&martlet_pq.socket},
        {"PQsetnonblocking", (void **)&martlet_pq.setnonblocking},
        {"PQflush", (void **)&martlet_pq.flush},
        {"PQconsumeInput", (void **)&martlet_pq.consume_input},
        {"PQisBusy", (void **)&martlet_pq.is_busy},
        {"PQsendQuery", (void **)&martlet_pq.send_query},
        {"PQsendPrepare", (void **)&martlet_pq.send_prepare},
        {"PQsendQueryPrepared", (void **)&martlet_pq.send_query_prepared},
        {"PQsetSingleRowMode", (void **)&martlet_pq.set_single_row_mode},
        {"PQgetResult", (void **)&martlet_pq.get_result},
        {"PQclear", (void **)&martlet_pq.clear},
        {"PQresultStatus", (void **)&martlet_pq.result_status},
        {"PQresultErrorField", (void **)&martlet_pq.result_error_field},
        {"PQnfields", (void **)&martlet_pq.nfields},
        {"PQntuples", (void **)&martlet_pq.ntuples},
        {"PQftype", (void **)&martlet_pq.ftype},
        {"PQgetisnull", (void **)&martlet_pq.getisnull},
        {"PQgetvalue", (void **)&martlet_pq.getvalue},
        {"PQgetlength", (void **)&martlet_pq.getlength},
        {"PQputCopyData", (void **)&martlet_pq.put_copy_data},
        {"PQputCopyEnd", (void **)&martlet_pq.put_copy_end},
        {"PQcmdTuples", (void **)&martlet_pq.cmd_tuples},
        {"PQerrorMessage", (void **)&martlet_pq.error_message},
        {"PQsetNoticeProcessor", (void **)&martlet_pq.set_notice_processor},
        {"PQconninfoParse", (void **)&martlet_pq.conninfo_parse},
        {"PQconninfoFree", (void **)&martlet_pq.conninfo_free},
        {"PQfreemem", (void **)&martlet_pq.freemem},
    };
    return martlet_load_functions("libpq.so.5", wanted, sizeof wanted / sizeof *wanted);
}
