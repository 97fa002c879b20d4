#pragma once

#include "gateway/api/accounts.hpp"

namespace netherlink::gateway::accounts {

// One function for each row of account_routes().

Response register_user(const AccountHandlers& api, const Request& request);
Response login(const AccountHandlers& api, const Request& request);
Response register_guest(const AccountHandlers& api, const Request& request);
Response upgrade(const AccountHandlers& api, const Request& request);
Response refresh(const AccountHandlers& api, const Request& request);
Response logout(const AccountHandlers& api, const Request& request);

Response own_profile(const AccountHandlers& api, const Request& request);
Response update_profile(const AccountHandlers& api, const Request& request);
Response change_password(const AccountHandlers& api, const Request& request);
Response delete_account(const AccountHandlers& api, const Request& request);
Response search(const AccountHandlers& api, const Request& request);
Response profile(const AccountHandlers& api, const Request& request);

Response preferences(const AccountHandlers& api, const Request& request);
Response change_preferences(const AccountHandlers& api, const Request& request);

Response list_sessions(const AccountHandlers& api, const Request& request);
Response revoke_session(const AccountHandlers& api, const Request& request);

/// The bucket that guards one account against guessing, whoever guesses from wherever. request.rate_limited.
core::result<void> take_account_bucket(const AccountHandlers& api, const std::string& account);

}  // namespace netherlink::gateway::accounts
